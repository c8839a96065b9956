// All sessions: search, filter, make, link, act.
import { number, phone } from '../format.js';
import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { href } from '../router.js';
import { clientsOf, findSessions, STATES, titleOf } from '../sessions.js';
import { sessionBadge } from './parts/badge.js';
import { button } from './parts/button.js';
import { empty } from './parts/empty.js';
import { errorPanel } from './parts/error.js';
import { search } from './parts/field.js';
import { page } from './parts/page.js';
import { select } from './parts/select.js';
import { skeletonRows } from './parts/skeleton.js';
import { table } from './parts/table.js';
import { timeAgo } from './parts/time.js';
import { sessionDialogs } from './sessions/dialogs.js';
import { moreButton, rowButton, verbsMenu } from './sessions/verbs.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */
/** @typedef {import('../types.js').Session} Session */

const ROW_HEIGHT = 64;

/** Filters live in the address, so that they can be kept and sent on. @param {State} state @param {Actions} actions */
function filtering({ shell }, actions) {
  const { query } = shell.route;
  return (/** @type {Record<string, string>} */ changes) =>
    actions.navigate(href('sessions', {}, { ...query, ...changes }), { replace: true });
}

/** @param {State} state @param {Actions} actions @param {ReturnType<typeof findSessions>} found */
function filters(state, actions, found) {
  const { query } = state.shell.route;
  const filter = filtering(state, actions);
  const clients = clientsOf(state.sessions.byId);
  const chip = (/** @type {string} */ value, /** @type {string} */ label, /** @type {number} */ count) =>
    html`<button type="button" class="chip" aria-pressed=${value === (query.state ?? '') ? 'true' : 'false'} @click=${() => filter({ state: value === query.state ? '' : value })}>${label}<span class="chip-count">${number(count)}</span></button>`;
  const shown = STATES.filter((name) => found.counts[name] || query.state === name);
  return html`<div class="mb-4 space-y-3">
    <div class="grid gap-3 sm:grid-cols-[1fr_minmax(10rem,16rem)]">
      ${search({ id: 'q', label: t('sessions.search'), value: query.q ?? '', onInput: (q) => filter({ q }) })}
      ${
        clients.length > 1
          ? select({
              id: 'client',
              label: t('sessions.client'),
              value: query.client ?? '',
              options: [
                { value: '', label: t('sessions.allClients') },
                ...clients.map(({ clientId, sessions }) => ({
                  value: clientId,
                  label: `${clientId} (${number(sessions)})`,
                })),
              ],
              onChange: (client) => filter({ client }),
            })
          : nothing
      }
    </div>
    <div class="chips" role="group" aria-label=${t('sessions.state')}>
      ${chip('', t('sessions.all'), found.total)}
      ${shown.map((name) => chip(name, name === 'attention' ? t('sessions.attention') : t(`sessionStates.${name}`), found.counts[name]))}
    </div>
    <p class="sr-only" role="status">${t('sessions.shown', { count: found.rows.length })}</p>
  </div>`;
}

/** Rows are used again for others while scrolling, so what is in them differs by classes rather than by elements. @param {Session} session */
const nameCell = (session) => html`<span class="block truncate font-medium">${titleOf(session)}</span>
  <span class=${session.name ? 'block truncate text-xs text-muted max-md:hidden' : 'hidden'}>${session.id}</span>`;

/** @param {State} state @param {Actions} actions @param {Session[]} rows */
function list(state, actions, rows) {
  const { now } = state.shell;
  return table({
    label: t('nav.sessions'),
    rows,
    rowHeight: ROW_HEIGHT,
    key: ({ id }) => id,
    href: (session) => href('session', { id: session.id }),
    layout:
      'grid-cols-[minmax(0,1fr)_auto] max-md:content-center max-md:gap-y-1 md:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_9.5rem_9rem] lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_10rem_9.5rem_7.5rem_9rem]',
    columns: [
      { label: t('sessions.session'), cell: nameCell },
      { label: t('sessions.client'), classes: 'hidden md:block', cell: (session) => session.clientId },
      {
        label: t('sessions.phone'),
        classes: 'hidden lg:block',
        cell: (session) => phone(session.phone),
      },
      {
        label: t('sessions.state'),
        classes: 'max-md:col-start-1 max-md:row-start-2 max-md:[&.list-label]:hidden',
        cell: (session) => sessionBadge(session.state),
      },
      {
        label: t('sessions.changed'),
        classes: 'hidden text-muted lg:block',
        cell: (session) => timeAgo(session.since, now),
      },
      {
        label: t('sessions.actions'),
        hideLabel: true,
        classes:
          'flex items-center justify-end gap-1 max-md:col-start-2 max-md:row-start-1 max-md:[&.list-cell]:row-span-2',
        cell: (session) =>
          html`${rowButton(session, state, actions)}${moreButton(session, state, actions, { small: true })}`,
      },
    ],
  });
}

/** @param {Actions} actions @param {string} [client] */
const newButton = (actions, client) =>
  button({
    label: t('sessions.new'),
    icon: 'plus',
    kind: 'primary',
    onClick: () => actions.sessions.openCreate(client),
  });

/** @param {State} state @param {Actions} actions */
function content(state, actions) {
  const { status, byId, error } = state.sessions;
  const { query } = state.shell.route;
  if (status === 'failed') return errorPanel({ error, onRetry: actions.sessions.load });
  if (status !== 'ready') return skeletonRows();
  if (!byId.size)
    return empty({
      icon: 'smartphone',
      title: t('sessions.none'),
      text: t('sessions.noneText'),
      action: newButton(actions),
    });
  const found = findSessions(byId, query);
  const nobody = empty({
    icon: 'search',
    title: t('sessions.noMatch'),
    text: t('sessions.noMatchText'),
    action: button({
      label: t('sessions.clear'),
      icon: 'x',
      onClick: () => actions.navigate(href('sessions'), { replace: true }),
    }),
  });
  return html`${filters(state, actions, found)}${found.rows.length ? list(state, actions, found.rows) : nobody}`;
}

/** @param {State} state @param {Actions} actions */
export const view = (state, actions) =>
  page({
    title: t('nav.sessions'),
    subtitle: t('sessions.subtitle'),
    actions: state.sessions.byId.size ? newButton(actions, state.shell.route.query.client) : nothing,
    body: html`${content(state, actions)}${verbsMenu(state, actions)}${sessionDialogs(state, actions)}`,
  });

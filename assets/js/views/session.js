// One session: its state, how it came to it, and what can be done.
import { number, phone, relative } from '../format.js';
import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { href } from '../router.js';
import { nextVerb, titleOf } from '../sessions.js';
import { sessionBadge } from './parts/badge.js';
import { linkButton } from './parts/button.js';
import { causePanel } from './parts/cause.js';
import { copyButton } from './parts/code.js';
import { empty } from './parts/empty.js';
import { errorPanel } from './parts/error.js';
import { icon } from './parts/icon.js';
import { card, facts, page } from './parts/page.js';
import { skeletonRows } from './parts/skeleton.js';
import { timeAgo, timeExact } from './parts/time.js';
import { sessionDialogs } from './sessions/dialogs.js';
import { failures, timeline } from './sessions/history.js';
import { moreButton, nextButton, verbsMenu } from './sessions/verbs.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */
/** @typedef {import('../types.js').Session} Session */

/** @param {State} state @param {Actions} actions */
export const enter = ({ shell }, actions) => actions.sessions.watch(shell.route.params.id);

/** @param {Session} session @param {number} now */
function stateCard(session, now) {
  const { state, since, nextRetryAt, cause } = session;
  const retry = nextRetryAt && state !== 'connected';
  return card({
    id: 'state',
    title: t('sessions.state'),
    body: html`<div class="space-y-4">
      <div class="flex flex-wrap items-center gap-x-4 gap-y-2" role="status">
        ${sessionBadge(state)}<span class="text-muted">${t('sessions.stateSince')} ${timeAgo(since, now)}</span>
        ${retry ? html`<span class="text-muted">${t('sessions.nextTry', { ago: relative(nextRetryAt, now) })}</span>` : nothing}
      </div>
      <p>${t(`stateWords.${state}`)}</p>
      ${cause ? causePanel({ cause, now }) : nothing}
    </div>`,
  });
}

/** @param {Session} session @param {number} now */
const lifeCard = (session, now) =>
  card({
    id: 'life',
    title: t('sessions.life'),
    body: facts([
      [t('sessions.desired'), t(session.desired === 'running' ? 'sessions.desiredRunning' : 'sessions.desiredStopped')],
      [t('sessions.queue'), number(session.queueDepth)],
      [t('sessions.lastFrame'), timeAgo(session.lastFrameAt, now)],
      [t('sessions.lastPong'), timeAgo(session.lastPongAt, now)],
      [t('sessions.lastActivity'), timeAgo(session.lastActivityAt, now)],
      [t('sessions.nextRetry'), session.nextRetryAt ? timeAgo(session.nextRetryAt, now) : '–'],
      [t('sessions.reconnects'), number(session.reconnects)],
      [t('sessions.restarts'), number(session.restarts)],
    ]),
  });

/** @param {Session} session @param {Actions} actions */
const accountCard = (session, actions) =>
  card({
    id: 'account',
    title: t('sessions.account'),
    body: facts([
      [t('sessions.phone'), phone(session.phone)],
      [t('sessions.pushName'), session.pushName ?? '–'],
      [
        t('sessions.client'),
        html`<a class="link" href=${href('sessions', {}, { client: session.clientId })}>${session.clientId}</a>`,
      ],
      [t('sessions.created'), timeExact(session.createdAt)],
      [
        t('sessions.sessionId'),
        html`<span class="flex items-center gap-1"><code class="wrap-anywhere">${session.id}</code>${copyButton({ text: session.id, copy: actions.copy, label: t('sessions.copyId'), iconOnly: true })}</span>`,
      ],
      ...(session.lid
        ? [/** @type {[unknown, unknown]} */ ([t('sessions.lid'), html`<code>${session.lid}</code>`])]
        : []),
    ]),
  });

/** @param {string} id */
function links(id) {
  const items = [
    ['chats', 'messages-square', href('chats', { id })],
    ['messages', 'send-horizontal', href('messages', {}, { sessionId: id })],
    ['events', 'activity', href('events', {}, { sessionId: id })],
    ['webhooks', 'webhook', href('webhooks', {}, { sessionId: id })],
  ];
  return html`<nav class="mb-6 grid grid-cols-2 gap-2 md:grid-cols-4" aria-label=${t('sessions.links')}>
    ${items.map(([name, symbol, to]) => html`<a class="tile" href=${to}>${icon(symbol)}<span>${t(name === 'messages' ? 'sessions.send' : `nav.${name}`)}</span>${icon('chevron-right', 'ml-auto text-muted')}</a>`)}
  </nav>`;
}

/** @param {State} state @param {Actions} actions @param {Session} session */
function body(state, actions, session) {
  const { now } = state.shell;
  return html`${links(session.id)}
    <div class="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <div class="min-w-0 space-y-6">${stateCard(session, now)}${failures(state, actions)}${timeline(state, actions)}</div>
      <div class="min-w-0 space-y-6">${accountCard(session, actions)}${lifeCard(session, now)}</div>
    </div>`;
}

/** @param {State} state @param {Actions} actions */
function absent({ sessions, shell }, actions) {
  const { id } = shell.route.params;
  if (sessions.detail.missing)
    return empty({
      icon: 'smartphone',
      title: t('sessions.gone'),
      text: t('sessions.goneText', { id }),
      action: linkButton({ label: t('sessions.toList'), icon: 'arrow-left', href: href('sessions') }),
    });
  return sessions.status === 'failed'
    ? errorPanel({ error: sessions.error, onRetry: actions.sessions.load })
    : skeletonRows();
}

/** @param {State} state @param {Actions} actions */
export function view(state, actions) {
  const { id } = state.shell.route.params;
  const session = state.sessions.byId.get(id);
  const back = { href: href('sessions'), label: t('nav.sessions') };
  if (!session) return page({ title: id, back, body: absent(state, actions) });
  const next = nextVerb(session);
  return page({
    title: titleOf(session),
    back,
    badge: sessionBadge(session.state),
    actions: html`${nextButton(session, state, actions, { kind: 'primary' })}${moreButton(session, state, actions, { kind: 'secondary' })}`,
    body: html`${body(state, actions, session)}${verbsMenu(state, actions, next ? [next] : [])}${sessionDialogs(state, actions)}`,
  });
}

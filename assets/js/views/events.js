// What happens, as it happens, and what happened before.
import { dateTime, moment, number } from '../format.js';
import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { href } from '../router.js';
import { away } from './events/away.js';
import { eventIcon, eventJson, eventLine, eventTone, NOUNS, typeName, typesOf } from './events/words.js';
import { button } from './parts/button.js';
import { codeBlock } from './parts/code.js';
import { dialog } from './parts/dialog.js';
import { empty } from './parts/empty.js';
import { errorPanel } from './parts/error.js';
import { icon } from './parts/icon.js';
import { loadMore } from './parts/more.js';
import { facts, page } from './parts/page.js';
import { select } from './parts/select.js';
import { sessionInput } from './parts/session-input.js';
import { skeletonRows } from './parts/skeleton.js';
import { table } from './parts/table.js';
import { timeExact as exactly } from './parts/time.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */
/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

/** @param {State} _state @param {Actions} actions */
export const enter = (_state, actions) => actions.events.open();

const LAYOUT = 'grid-cols-1 md:grid-cols-[minmax(0,1fr)_9rem_6rem] lg:grid-cols-[minmax(0,1fr)_13rem_10rem_6rem]';

/** @param {number} now */
const columns = (now) => [
  {
    label: t('events.what'),
    cell: (/** @type {WamuxEvent} */ event) => html`<span class="flex items-center gap-3">
      <span class="event-icon tone-${eventTone(event)}">${icon(eventIcon(event))}</span>
      <span class="min-w-0 flex-1"><span class="block truncate">${eventLine(event)}</span>
        <span class="block truncate text-xs text-muted md:hidden">${moment(event.at, now)} · ${event.sessionId || event.type}</span></span>
    </span>`,
  },
  {
    label: t('events.type'),
    classes: 'hidden lg:block',
    cell: (/** @type {WamuxEvent} */ event) => html`<code class="text-xs text-muted">${event.type}</code>`,
  },
  {
    label: t('events.session'),
    classes: 'hidden md:block',
    cell: (/** @type {WamuxEvent} */ event) =>
      event.sessionId
        ? html`<a class="text-muted hover:text-ink hover:underline" href=${href('session', { id: event.sessionId })} tabindex="-1">${event.sessionId}</a>`
        : '–',
  },
  {
    label: t('events.time'),
    classes: 'hidden text-right whitespace-normal md:block',
    cell: (/** @type {WamuxEvent} */ event) =>
      html`<time class="text-xs text-muted" datetime=${event.at} title=${dateTime(event.at)}>${moment(event.at, now)}</time>`,
  },
];

/** @param {State} state @param {Actions} actions */
function filters({ shell, sessions, events }, actions) {
  const { type = '', session = '', client = '' } = shell.route.query;
  const set = (/** @type {Record<string, string>} */ changes) =>
    actions.navigate(href('events', {}, { type, session, client, ...changes }), { replace: true });
  const types = NOUNS.flatMap((noun) => [
    { value: `${noun}.*`, label: t('events.allOf', { noun: t(`eventNouns.${noun}`) }) },
    ...typesOf(noun).map((one) => ({ value: one, label: `\u2003${typeName(one)}` })),
  ]);
  if (type && !types.some(({ value }) => value === type)) types.push({ value: type, label: type });
  const clients = shell.clients.map(({ clientId }) => ({ value: clientId, label: clientId }));
  if (client && !clients.some(({ value }) => value === client)) clients.push({ value: client, label: client });
  return html`<div class="mb-4 grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
    <div class="col-span-2 sm:w-60">${select({ id: 'type', label: t('events.filterType'), value: type, options: [{ value: '', label: t('events.allTypes') }, ...types], onChange: (value) => set({ type: value }) })}</div>
    <div class="min-w-0 sm:w-52">${sessionInput({ id: 'session', label: t('events.filterSession'), placeholder: t('events.allSessions'), value: session, typed: events.page.typed ?? '', byId: sessions.byId, onTyped: (typed) => actions.events.page({ typed }), onChange: (id) => id !== session && set({ session: id }) })}</div>
    ${shell.me?.clientId ? nothing : html`<div class="min-w-0 sm:w-48">${select({ id: 'client', label: t('events.filterClient'), value: client, options: [{ value: '', label: t('events.allClients') }, ...clients], onChange: (value) => set({ client: value }) })}</div>`}
    ${type || session || client ? button({ label: t('events.clear'), icon: 'x', kind: 'quiet', classes: 'max-sm:col-span-2', onClick: () => set({ type: '', session: '', client: '' }) }) : nothing}
  </div>`;
}

/** What came while the list keeps still. @param {State} state @param {Actions} actions */
function heldNote({ events }, actions) {
  const { heldCount, away: down, focused, paused } = events;
  if (!heldCount || !(down || focused || paused)) return nothing;
  const show = (/** @type {any} */ event) => {
    event.currentTarget.closest('.page').scrollIntoView();
    actions.events.release();
  };
  return html`<div class="event-held">${button({ label: t('events.showHeld', { count: heldCount }), icon: 'arrow-up', small: true, kind: 'primary', onClick: show })}</div>`;
}

/** Where else to look. @param {WamuxEvent} event */
function links({ type, sessionId, data }) {
  const message = data?.messageId ?? (type === 'message.received' || type === 'message.sent' ? data?.id : null);
  return html`<div class="flex flex-wrap gap-x-5 gap-y-2">
    ${sessionId && type !== 'session.deleted' ? html`<a class="link" href=${href('session', { id: sessionId })}>${t('events.toSession')}</a>` : nothing}
    ${message ? html`<a class="link" href=${href('message', { id: message })}>${t('events.toMessage')}</a>` : nothing}
  </div>`;
}

/** @param {State} state @param {Actions} actions */
function inspector({ shell }, actions) {
  if (shell.dialog?.name !== 'event') return nothing;
  const event = /** @type {WamuxEvent} */ (shell.dialog.event);
  return dialog({
    id: 'event',
    title: typeName(event.type),
    wide: true,
    onClose: actions.closeDialog,
    body: html`<p class="wrap-anywhere">${eventLine(event)}</p>
      ${facts([
        [t('events.type'), html`<code class="text-xs">${event.type}</code>`],
        [t('events.time'), exactly(event.at)],
        [t('events.session'), event.sessionId || '–'],
        [t('events.client'), event.clientId || '–'],
      ])}
      ${links(event)}
      ${codeBlock({ text: eventJson(event), copy: actions.copy, label: 'JSON', wrap: true })}`,
  });
}

/** @param {State} state @param {Actions} actions */
function list(state, actions) {
  const { events, shell } = state;
  const { status, error, list, more, readingMore } = events;
  const filtered = Boolean(shell.route.query.type || shell.route.query.session || shell.route.query.client);
  if (status === 'failed') return errorPanel({ error, onRetry: () => void actions.events.load() });
  if (status !== 'ready') return skeletonRows(8);
  if (!list.length)
    return filtered
      ? empty({ icon: 'funnel', title: t('events.noneHere'), text: t('events.noneHereText') })
      : empty({ icon: 'activity', title: t('events.none'), text: t('events.noneText') });
  const focus = (/** @type {any} */ { target }) => actions.events.focused(target.matches(':focus-visible'));
  const rows = table({
    label: t('nav.events'),
    rows: list,
    key: ({ id }) => id,
    columns: columns(shell.now),
    layout: LAYOUT,
    onOpen: (event) => actions.openDialog('event', { event }),
  });
  return html`<div @focusin=${focus} @focusout=${() => actions.events.focused(false)}>${rows}</div>
    ${loadMore({ cursor: more ? 'more' : null, busy: readingMore, onMore: actions.events.more })}
    ${more ? nothing : html`<p class="py-4 text-center text-xs text-muted">${t('events.end', { count: list.length })}</p>`}`;
}

/** @param {State} state @param {Actions} actions */
export function view(state, actions) {
  const { paused, heldCount } = state.events;
  const halt = button({
    label: paused ? t('events.resume') : t('events.pause'),
    icon: paused ? 'play' : 'pause',
    onClick: () => actions.events.pause(!paused),
  });
  return page({
    title: t('nav.events'),
    subtitle: t('events.subtitle'),
    actions: html`${paused ? html`<span class="text-muted" role="status">${t('events.paused', { number: number(heldCount) })}</span>` : nothing}${halt}`,
    body: html`${filters(state, actions)}<div ${away(actions.events.away)}></div>${heldNote(state, actions)}${list(state, actions)}${inspector(state, actions)}`,
  });
}

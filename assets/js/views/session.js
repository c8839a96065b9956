// One session: its state, how it came to it, and what can be done.
import { dateTime, duration, number, phone, relative } from '../format.js';
import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { href } from '../router.js';
import { isDown, nextVerb, titleOf } from '../sessions.js';
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

/** The cause says it better, where a session is down for one. @param {Session} session @param {number} now */
function stateCard(session, now) {
  const { state, since, nextRetryAt, cause } = session;
  const retry = nextRetryAt && state !== 'connected';
  return card({
    id: 'state',
    title: t('sessions.state'),
    body: html`<div class="space-y-3">
      <div role="status">
        ${cause && isDown(session) ? nothing : html`<p class="font-medium">${t(`stateWords.${state}`)}</p>`}
        <p class="text-muted">${t(`sessionStates.${state}`)} <span title=${dateTime(since)}>${t('sessions.stateFor', { span: duration(Math.max(1000, now - Date.parse(since))) })}</span>${retry ? html` · ${t('sessions.nextTry', { ago: relative(nextRetryAt, now) })}` : nothing}</p>
      </div>
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
const links = (id) => html`<nav class="mb-6 grid grid-cols-3 gap-2 sm:gap-3" aria-label=${t('sessions.links')}>
  ${[
    ['chats', 'messages-square', href('chats', { id })],
    ['events', 'activity', href('events', {}, { session: id })],
    ['webhooks', 'webhook', href('webhooks', {}, { session: id })],
  ].map(
    ([name, symbol, to]) =>
      html`<a class="shortcut" href=${to}>${icon(symbol)}<span>${t(`nav.${name}`)}</span>${icon('chevron-right', 'ml-auto text-muted max-sm:hidden')}</a>`,
  )}
</nav>`;

/** What a person wants next of this session. @param {Session} session @param {State} state @param {Actions} actions */
const mainAction = (session, state, actions) =>
  session.state === 'connected'
    ? linkButton({
        label: t('sessions.send'),
        icon: 'send-horizontal',
        href: href('messages', {}, { session: session.id }),
      })
    : nextButton(session, state, actions);

/** @param {State} state @param {Actions} actions @param {Session} session */
function body(state, actions, session) {
  const { now } = state.shell;
  return html`${links(session.id)}
    <div class="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <div class="min-w-0 space-y-6">${stateCard(session, now)}${failures(state, actions)}${timeline(state, actions)}</div>
      <div class="side min-w-0 space-y-6">${accountCard(session, actions)}${lifeCard(session, now)}</div>
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
    actions: html`${mainAction(session, state, actions)}${moreButton(session, state, actions, { kind: 'secondary' })}`,
    body: html`${body(state, actions, session)}${verbsMenu(state, actions, next ? [next] : [])}${sessionDialogs(state, actions)}`,
  });
}

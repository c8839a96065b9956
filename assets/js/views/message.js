// One message: what it is, what became of it step by step, and what is still to come.
import { dateTime, day, phone, time } from '../format.js';
import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { href } from '../router.js';
import { chatName, personName, typeName } from './chats/names.js';
import { timeline } from './messages/timeline.js';
import { messageBadge, ticks } from './parts/badge.js';
import { button, linkButton } from './parts/button.js';
import { copyButton } from './parts/code.js';
import { errorPanel } from './parts/error.js';
import { failureText } from './parts/failure.js';
import { icon } from './parts/icon.js';
import { card, facts, page } from './parts/page.js';
import { skeletonRows } from './parts/skeleton.js';
import { formatted } from './parts/text.js';
import { timeExact } from './parts/time.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */
/** @typedef {import('../types.js').Message} Message */

/** @param {State} state @param {Actions} actions */
export const enter = ({ shell }, actions) => actions.messages.openMessage(shell.route.params.id);

/** @param {Message} message */
function bubble({ direction, text, type, revokedAt, editedAt, at, state }) {
  const body = revokedAt
    ? html`<p class="bubble-note">${icon('ban')}${t('chats.deleted')}</p>`
    : text
      ? html`<p class="bubble-text">${formatted(text)}</p>`
      : html`<p class="bubble-note">${icon('file-json')}${typeName(type)}</p>`;
  return html`<div class="preview flex"><div class="bubble bubble-${direction} ${direction === 'out' ? 'ml-auto' : ''}">${body}
    <span class="bubble-meta">${editedAt ? html`<span>${t('chats.edited')}</span>` : nothing}<time datetime=${at}>${time(at)}</time>${ticks(state)}</span></div></div>`;
}

/** @param {Message} message @param {string} name @param {Actions} actions */
function about(message, name, actions) {
  const { id, waId, sessionId, clientId, chatId, sender, senderName, direction, expiresAt, type, state } = message;
  const idOf = (/** @type {string} */ value, /** @type {string} */ label) =>
    html`<span class="flex items-center gap-1"><code class="min-w-0 truncate" title=${value}>${value}</code>${copyButton({ text: value, copy: actions.copy, label, iconOnly: true })}</span>`;
  const chat = html`<a class="link" href=${href('conversation', { id: sessionId, chatId })}>${chatName({ ...message, name })}</a>${name ? html`<span class="block truncate text-xs text-muted">${message.phone ? phone(message.phone) : chatId}</span>` : nothing}`;
  return card({
    id: 'about',
    title: t('timeline.about'),
    body: facts([
      [t('timeline.id'), idOf(id, t('timeline.copyId'))],
      [t('timeline.waId'), idOf(waId, t('timeline.copyWaId'))],
      [t('messages.session'), html`<a class="link" href=${href('session', { id: sessionId })}>${sessionId}</a>`],
      [t('timeline.client'), clientId],
      [t('messages.chat'), chat],
      [
        t('timeline.from'),
        direction === 'in' ? personName({ ...sender, name: senderName }) : `${t('chats.you')} · ${personName(sender)}`,
      ],
      [t('timeline.accepted'), timeExact(message.at)],
      ...(expiresAt && (state === 'queued' || state === 'failed')
        ? [/** @type {[unknown, unknown]} */ ([t('timeline.expires'), timeExact(expiresAt)])]
        : []),
      ...(type === 'text' ? [] : [/** @type {[unknown, unknown]} */ ([t('timeline.type'), typeName(type)])]),
    ]),
  });
}

/** @param {Message} message */
function why({ failure }) {
  if (!failure) return nothing;
  return html`<div class="error-panel mb-6">${icon('circle-alert', 'mt-0.5 text-bad')}<div class="min-w-0 flex-1 space-y-1">
    <p class="font-medium">${t('timeline.failed')}</p><p class="wrap-anywhere">${failureText(failure)}</p>
    <p class="flex flex-wrap gap-x-3 text-xs text-muted wrap-anywhere"><code>${failure.code}</code><span>${failure.detail}</span></p></div></div>`;
}

/** @param {Message} message @param {State} state @param {Actions} actions */
function verbs(message, state, actions) {
  const { id, sessionId, chatId, direction, failure } = message;
  const waits = message.state === 'queued';
  return html`
    ${waits ? button({ label: t('timeline.cancel'), icon: 'ban', busy: state.messages.detail.cancelling, onClick: () => actions.messages.cancelMessage(id) }) : nothing}
    ${failure && direction === 'out' && message.text ? button({ label: t('timeline.again'), icon: 'rotate-cw', onClick: () => actions.messages.sendAgain(message) }) : nothing}
    ${linkButton({ label: t('messages.openChat'), icon: 'message-square', href: href('conversation', { id: sessionId, chatId }) })}`;
}

/** @param {any[]} steps @param {State} state @param {Actions} actions */
function hookSwitch(steps, { messages: { page } }, actions) {
  if (!steps.some(({ kind }) => kind === 'webhook')) return nothing;
  const label = t(page.hideHooks ? 'timeline.showHooks' : 'timeline.hideHooks');
  return button({
    label,
    icon: page.hideHooks ? 'eye' : 'eye-off',
    kind: 'quiet',
    small: true,
    onClick: () => actions.messages.page({ hideHooks: !page.hideHooks }),
  });
}

/** @param {State} state @param {Actions} actions */
export function view(state, actions) {
  const { status, message, steps, error, id, name } = state.messages.detail;
  const back = { href: href('messages'), label: t('nav.messages') };
  if (status === 'failed')
    return page({
      title: t('timeline.message'),
      back,
      body: errorPanel({ error, onRetry: () => actions.messages.openMessage(state.shell.route.params.id) }),
    });
  if (!message || id !== state.shell.route.params.id)
    return page({ title: t('timeline.message'), back, body: skeletonRows(5) });
  const incoming = message.direction === 'in';
  const who = incoming ? (message.senderName ?? personName(message.sender)) : chatName({ ...message, name });
  return page({
    title: t(incoming ? 'timeline.fromWhom' : 'timeline.toWhom', { who }),
    subtitle: html`<time class="first" datetime=${message.at} title=${dateTime(message.at)}>${day(message.at, state.shell.now)}, ${time(message.at)}</time>`,
    badge: message.state ? html`<span role="status">${messageBadge(message.state)}</span>` : nothing,
    actions: verbs(message, state, actions),
    body: html`${why(message)}
      <div class="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        ${card({ id: 'timeline', title: t('timeline.title'), actions: hookSwitch(steps, state, actions), body: timeline(message, steps, state) })}
        <div class="space-y-6">${card({ id: 'text', title: t('messages.text'), flush: true, body: bubble(message) })}${about(message, name, actions)}</div>
      </div>`,
  });
}

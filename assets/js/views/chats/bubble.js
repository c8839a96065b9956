// One message as a bubble: who, what, when, how far; its time leads to its timeline.
import { errorText } from '../../errors.js';
import { dateTime, time } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { href } from '../../router.js';
import { ticks } from '../parts/badge.js';
import { button } from '../parts/button.js';
import { failureText } from '../parts/failure.js';
import { icon } from '../parts/icon.js';
import { formatted } from '../parts/text.js';
import { colourOf, personName, typeName } from './names.js';

/** @typedef {import('../../types.js').Message} Message */
/** @typedef {{message: Message, group: boolean, tail: boolean, stop: boolean, lit: boolean, reactions?: Record<string, string>, language: string}} BubbleOptions */

/** Parsing a text costs more than drawing it, and most bubbles stay as they are. @type {WeakMap<Message, {sign: string, drawn: unknown}>} */
const known = new WeakMap();

/** @param {BubbleOptions} options */
export function bubble(options) {
  const { message, tail, stop, lit, reactions, language } = options;
  const sign = JSON.stringify([tail, stop, lit, reactions, language]);
  const before = known.get(message);
  if (before?.sign === sign) return before.drawn;
  const drawn = draw(options);
  known.set(message, { sign, drawn });
  return drawn;
}

/** @param {Message} message */
function content({ type, text, revokedAt }) {
  if (revokedAt) return html`<p class="bubble-note">${icon('ban')}${t('chats.deleted')}</p>`;
  const kind = type === 'text' ? nothing : html`<p class="bubble-note">${icon('file-json')}${typeName(type)}</p>`;
  return html`${kind}${text ? html`<p class="bubble-text">${formatted(text)}</p>` : nothing}`;
}

/** @param {Record<string, string>} reactions */
function reacted(reactions) {
  const counts = new Map();
  for (const emoji of Object.values(reactions)) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  if (!counts.size) return nothing;
  const words = [...counts].map(([emoji, count]) => (count > 1 ? `${emoji} ${count}` : emoji)).join(' ');
  return html`<span class="reactions"><span class="sr-only">${t('chats.reactions')}</span>${words}</span>`;
}

/** @param {BubbleOptions} options */
function draw({ message, group, tail, stop, lit, reactions }) {
  const { id, direction, sender, senderName, state, failure, editedAt, at } = message;
  const named = group && direction === 'in' && !tail;
  return html`<li class="entry entry-${direction} ${tail ? '' : 'entry-first'}" data-id=${id}>
    <div class="bubble bubble-${direction} ${lit ? 'is-lit' : ''}">
      ${named ? html`<p class="bubble-name name-${colourOf(sender.chatId)}">${senderName ?? personName(sender)}</p>` : html`<span class="sr-only">${direction === 'out' ? t('chats.you') : (senderName ?? personName(sender))}:</span>`}
      ${content(message)}
      <a class="bubble-meta" href=${href('message', { id })} tabindex=${stop ? 0 : -1} title="${dateTime(at)} · ${t('timeline.title')}">${editedAt ? html`<span>${t('chats.edited')}</span>` : nothing}<time datetime=${at}>${time(at)}</time>${ticks(state)}<span class="sr-only">${t('timeline.title')}</span></a>
    </div>
    ${reactions ? reacted(reactions) : nothing}
    ${failure ? html`<p class="entry-fault">${icon('circle-alert', 'mt-px size-3.5')}<span>${failureText(failure)}</span></p>` : nothing}
  </li>`;
}

/** A message that the API does not have yet, or did not take. @param {import('../../store/messages/attempts.js').Attempt} attempt @param {import('../../types.js').Actions} actions */
export function attemptBubble(attempt, actions) {
  const { text, at, phase, error } = attempt;
  const failed = phase === 'failed';
  return html`<li class="entry entry-out entry-first" data-id=${attempt.key}>
    <div class="bubble bubble-out ${failed ? '' : 'opacity-70'}">
      <p class="bubble-text">${formatted(text)}</p>
      <span class="bubble-meta"><time datetime=${at}>${time(at)}</time>${ticks(failed ? 'failed' : 'queued')}</span>
    </div>
    ${
      failed
        ? html`<p class="entry-fault" role="alert">${icon('circle-alert', 'mt-px size-3.5')}<span>${errorText(error)}</span></p>
      <p class="mt-1 flex justify-end gap-1">${button({ label: t('chats.takeBack'), kind: 'quiet', small: true, icon: 'undo-2', onClick: () => actions.messages.takeBack(attempt) })}${button({ label: t('common.tryAgain'), small: true, icon: 'refresh-cw', onClick: () => actions.messages.tryAgain(attempt) })}</p>`
        : nothing
    }
  </li>`;
}

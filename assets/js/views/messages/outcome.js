// What became of the texts that the form sent: their ticks change while one looks.
import { errorText } from '../../errors.js';
import { phone } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing, repeat } from '../../lit.js';
import { href } from '../../router.js';
import { messageBadge } from '../parts/badge.js';
import { button } from '../parts/button.js';
import { failureText } from '../parts/failure.js';
import { icon } from '../parts/icon.js';
import { card } from '../parts/page.js';

/** @typedef {import('../../store/messages/attempts.js').Attempt} Attempt */

/** @param {Attempt} attempt @param {import('../../types.js').Actions} actions */
function links({ phase, message, ...attempt }, actions) {
  const whole = /** @type {Attempt} */ ({ phase, message, ...attempt });
  if (phase === 'failed')
    return html`${button({ label: t('common.tryAgain'), icon: 'refresh-cw', small: true, onClick: () => actions.messages.tryAgain(whole) })}
      ${button({ label: t('messages.dismiss'), icon: 'x', small: true, kind: 'quiet', iconOnly: true, onClick: () => actions.messages.takeBack(whole) })}`;
  if (!message) return nothing;
  return html`<a class="link" href=${href('message', { id: message.id })}>${t('timeline.title')}</a>
    <a class="link" href=${href('conversation', { id: message.sessionId, chatId: message.chatId })}>${t('messages.openChat')}</a>
    ${message.state === 'queued' ? button({ label: t('timeline.cancel'), small: true, onClick: () => actions.messages.cancelMessage(message.id) }) : nothing}`;
}

/** @param {Attempt} attempt @param {import('../../types.js').Actions} actions */
function one(attempt, actions) {
  const { phase, message, error, text } = attempt;
  const to = message?.phone ? phone(message.phone) : attempt.to;
  const state = phase === 'failed' ? 'failed' : (message?.state ?? 'sending');
  const why = phase === 'failed' ? errorText(error) : message?.failure ? failureText(message.failure) : '';
  return html`<li class="outcome">
    <div class="min-w-0 flex-1 basis-60 space-y-1">
      <p class="flex flex-wrap items-center gap-x-2 gap-y-1"><span role="status">${messageBadge(state)}</span><span class="font-medium">${to}</span></p>
      <p class="truncate text-muted">${text}</p>
      ${why ? html`<p class="flex items-start gap-1.5 text-bad wrap-anywhere">${icon('circle-alert', 'mt-0.5')}<span>${why}${error?.code ? html` <code class="text-xs">${error.code}</code>` : nothing}</span></p>` : nothing}
    </div>
    <div class="flex flex-wrap items-center gap-x-4 gap-y-2">${links(attempt, actions)}</div>
  </li>`;
}

/** @param {import('../../types.js').State} state @param {import('../../types.js').Actions} actions */
export function outcomes({ messages }, actions) {
  const list = messages.attempts.filter(({ from }) => from === 'form').reverse();
  if (!list.length) return nothing;
  return card({
    id: 'outcomes',
    title: t('messages.sentHere'),
    flush: true,
    body: html`<ul>${repeat(
      list,
      ({ key }) => key,
      (attempt) => one(attempt, actions),
    )}</ul>`,
  });
}

// Searching in a conversation: what has the words, newest first; each hit leads to its place.
import { dateTime } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { ref } from '../../lit-forms.js';
import { icon } from '../parts/icon.js';
import { skeletonRows } from '../parts/skeleton.js';
import { personName } from './names.js';

/** Letters shown before a hit. */
const BEFORE = 40;

/** @param {string} text @param {string} q */
function hit(text, q) {
  const at = text.toLowerCase().indexOf(q.toLowerCase());
  if (at < 0) return text.slice(0, 200);
  const from = Math.max(0, at - BEFORE);
  const end = at + q.length;
  return html`${from ? '…' : nothing}${text.slice(from, at)}<mark class="hit">${text.slice(at, end)}</mark>${text.slice(end, end + 160)}`;
}

/** After the element has come into the page. @param {Element|undefined} element */
const focusOnce = (element) => queueMicrotask(() => /** @type {HTMLElement|undefined} */ (element)?.focus());

/** @param {import('../../types.js').State} state @param {import('../../types.js').Actions} actions */
export const searchBox = (
  { messages: { thread } },
  actions,
) => html`<div class="thread-search"><div class="search flex-1">
  ${icon('search')}
  <input class="input" type="search" ${ref(focusOnce)} aria-label=${t('chats.searchHere')} placeholder=${t('chats.searchHere')} .value=${thread.found?.q ?? ''} maxlength="100" autocomplete="off" spellcheck="false"
    @input=${(/** @type {any} */ event) => actions.messages.searchThread(event.target.value)} />
</div></div>`;

/** @param {import('../../types.js').State} state @param {import('../../types.js').Actions} actions */
export function found({ messages: { thread } }, actions) {
  const search = thread.found;
  if (!search || search.status === 'loading')
    return html`<div class="min-h-0 flex-1 overflow-hidden chats-wait">${skeletonRows(4)}</div>`;
  return html`<div class="relative min-h-0 flex-1 overflow-y-auto">
    <p class="px-4 py-2 text-xs text-muted" role="status">${search.list.length ? t('chats.hits', { count: search.list.length }) : t('chats.noHits')}</p>
    <ul>${search.list.map(
      (
        message,
      ) => html`<li><button type="button" class="found" @click=${() => actions.messages.showMessage(message.id)}>
      <span class="flex justify-between gap-3 text-xs text-muted"><span class="truncate">${message.direction === 'out' ? t('chats.you') : (message.senderName ?? personName(message.sender))}</span><time class="shrink-0" datetime=${message.at}>${dateTime(message.at)}</time></span>
      <span class="block truncate">${hit(message.text ?? '', search.q)}</span>
    </button></li>`,
    )}</ul>
  </div>`;
}

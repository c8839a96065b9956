// One conversation: its messages by day, search, and what is written next.
import { day, phone } from '../../format.js';
import { t } from '../../i18n.js';
import { html, keyed, nothing, repeat } from '../../lit.js';
import { href } from '../../router.js';
import { sameChat } from '../../store/messages/step.js';
import { button } from '../parts/button.js';
import { errorPanel } from '../parts/error.js';
import { icon } from '../parts/icon.js';
import { scroller } from '../parts/scroller.js';
import { skeleton } from '../parts/skeleton.js';
import { attemptBubble, bubble } from './bubble.js';
import { composer } from './composer.js';
import { found, searchBox } from './found.js';
import { avatar } from './list.js';
import { chatName, excerpt, personName } from './names.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */
/** @typedef {import('../../types.js').Message} Message */

/** Messages of one person within this time stand together. */
const TOGETHER_MS = 5 * 60_000;

/** What is known of the open chat: from the list, else from its messages. @param {State} state */
function chatOf({ messages, shell }) {
  const { chatId } = shell.route.params;
  const known = messages.chats.list.find((chat) => sameChat(chat, { chatId })) ?? messages.thread.chat;
  if (known) return known;
  const last = messages.thread.list.at(-1);
  const digits = /^(\d+)@c\.us$/.exec(chatId)?.[1] ?? null;
  return {
    chatId,
    phone: last?.phone ?? digits,
    lid: last?.lid ?? null,
    name: null,
    isGroup: chatId.endsWith('@g.us'),
  };
}

/** @param {State} state @param {Actions} actions */
function head(state, actions) {
  const { id } = state.shell.route.params;
  const chat = chatOf(state);
  const { found } = state.messages.thread;
  const sub = chat.isGroup
    ? t('chats.group')
    : [chat.name && chat.phone && phone(chat.phone), !chat.phone && t('chats.noNumber')].filter(Boolean).join(' · ');
  return html`<header class="chats-head">
    <a class="btn btn-quiet btn-small btn-icon chats-back" href=${href('chats', { id })} title=${t('nav.chats')}>${icon('arrow-left')}<span class="sr-only">${t('nav.chats')}</span></a>
    ${avatar(chat)}
    <div class="min-w-0 flex-1"><h1 class="truncate font-semibold" tabindex="-1">${chatName(chat)}</h1>${sub ? html`<p class="truncate text-xs text-muted">${sub}</p>` : nothing}</div>
    ${button({ label: t('chats.searchHere'), icon: found ? 'x' : 'search', kind: 'quiet', small: true, iconOnly: true, onClick: () => actions.messages.searchThread(found ? null : '') })}
  </header>`;
}

/** @param {Message} message @param {Message|undefined} before */
function follows(message, before) {
  return (
    before !== undefined &&
    before.direction === message.direction &&
    before.sender.chatId === message.sender.chatId &&
    new Date(before.at).toDateString() === new Date(message.at).toDateString() &&
    Date.parse(message.at) - Date.parse(before.at) < TOGETHER_MS
  );
}

/** @param {State} state */
function entries({ messages: { thread }, shell, ...state }) {
  const { list, reactions, target } = thread;
  const group = shell.route.params.chatId.endsWith('@g.us');
  return repeat(
    list,
    ({ id }) => id,
    (message, index) => {
      const before = list[index - 1];
      const newDay = !before || new Date(before.at).toDateString() !== new Date(message.at).toDateString();
      return html`${newDay ? html`<li class="day"><span>${day(message.at, shell.now)}</span></li>` : nothing}
        ${bubble({ message, group, tail: follows(message, before), stop: index === list.length - 1, reactions: reactions[message.id], lit: message.id === target, language: state && shell.language })}`;
    },
  );
}

/** Up and down go from message to message, as from row to row. @param {Actions} actions @param {KeyboardEvent} event */
function keys(actions, event) {
  const links = /** @type {HTMLElement[]} */ ([
    .../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll('.bubble-meta'),
  ]);
  const at = links.indexOf(/** @type {HTMLElement} */ (event.target));
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: links.length - 1 }[event.key];
  if (at < 0 || to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (to < 8) actions.messages.older();
  links[Math.max(0, Math.min(links.length - 1, to))].focus();
}

const waiting = () => html`<div class="chats-skeleton" role="status"><span class="sr-only">${t('common.loading')}</span>
  ${['w-2/5', 'w-3/5 ml-auto', 'w-1/2', 'w-1/3 ml-auto', 'w-3/5'].map((width) => skeleton(`h-11 rounded-xl ${width}`))}
</div>`;

/** What stands before the oldest message. @param {State} state @param {Actions} actions */
function beginning({ messages: { thread } }, actions) {
  const { busy, stuck, cursor, list } = thread;
  if (stuck)
    return html`<div class="w-full max-w-[58rem] self-center pt-4">${errorPanel({ error: stuck, title: t('chats.olderFailed'), onRetry: actions.messages.olderAgain })}</div>`;
  const begins = !cursor && list.length > 0;
  return html`<div class="thread-top">${busy ? icon('loader-circle', 'spin text-muted') : begins ? html`<span>${t('chats.beginning')}</span>` : nothing}</div>`;
}

/** @param {State} state @param {Actions} actions */
function log(state, actions) {
  const { thread, attempts } = state.messages;
  const { id, chatId } = state.shell.route.params;
  if (thread.status === 'failed')
    return html`<div class="p-4">${errorPanel({ error: thread.error, onRetry: () => actions.messages.openThread(id, chatId) })}</div>`;
  if (thread.status !== 'ready' || thread.chatId !== chatId) return waiting();
  const pending = attempts.filter(
    (attempt) => attempt.from === 'chat' && attempt.sessionId === id && attempt.to === chatId,
  );
  const place = { place: `${id}/${chatId}`, jump: thread.jump, target: thread.target };
  return html`<div class="relative flex min-h-0 flex-1 flex-col">
    <div class="thread" ${scroller({ ...place, onTop: actions.messages.older, onPlace: actions.messages.readerMoved })} @keydown=${(/** @type {KeyboardEvent} */ event) => keys(actions, event)}>
      ${beginning(state, actions)}
      ${thread.list.length || pending.length ? nothing : html`<p class="m-auto text-muted">${t('chats.noMessages')}</p>`}
      <ol class="thread-list">${entries(state)}${repeat(
        pending,
        ({ key }) => key,
        (attempt) => attemptBubble(attempt, actions),
      )}</ol>
    </div>
    ${thread.away ? html`<button type="button" class="pill" @click=${actions.messages.toNewest}>${icon('chevron-down')}${thread.unseen ? t('chats.newBelow', { count: thread.unseen }) : t('chats.toNewest')}</button>` : nothing}
  </div>`;
}

/** What came last, for those who hear the page. @param {State} state */
function heard({ messages: { thread } }) {
  const last = thread.list.at(-1);
  const fresh = last?.direction === 'in' && thread.status === 'ready';
  return html`<p class="sr-only" role="status">${fresh ? `${last.senderName ?? personName(last.sender)}: ${excerpt(last)}` : ''}</p>`;
}

/** @param {State} state @param {Actions} actions */
export function thread(state, actions) {
  const { thread } = state.messages;
  const { chatId } = state.shell.route.params;
  return keyed(
    chatId,
    html`${head(state, actions)}
    ${thread.found ? searchBox(state, actions) : nothing}
    ${thread.found?.q ? found(state, actions) : log(state, actions)}
    ${heard(state)}${composer(state, actions)}`,
  );
}

/** @param {State} state */
export const nothingOpen = ({
  messages: { chats },
}) => html`<div class="m-auto flex max-w-xs flex-col items-center p-8 text-center">
  <div class="empty-icon">${icon('messages-square')}</div>
  <p class="text-muted">${t(chats.list.length ? 'chats.choose' : 'chats.noneText')}</p>
</div>`;

// The chats of a session, and one of them with its messages: side by side where there is room.
import { t } from '../i18n.js';
import { html } from '../lit.js';
import { href } from '../router.js';
import { chatList } from './chats/list.js';
import { nothingOpen, thread } from './chats/thread.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */

/** @param {State} state @param {Actions} actions */
export function enter({ shell }, actions) {
  const { id, chatId } = shell.route.params;
  actions.messages.openChats(id);
  if (chatId) actions.messages.openThread(id, chatId);
  else actions.messages.closeThread();
  return () => actions.messages.closeThread();
}

/** Escape leads back: out of the search, then out of the chat. @param {State} state @param {Actions} actions @param {KeyboardEvent} event */
function back({ messages, shell }, actions, event) {
  if (event.key !== 'Escape' || event.defaultPrevented || !shell.route.params.chatId) return;
  event.preventDefault();
  if (messages.thread.found) {
    actions.messages.searchThread(null);
    /** @type {HTMLElement} */ (event.currentTarget).querySelector('h1')?.focus();
  } else actions.navigate(href('chats', { id: shell.route.params.id }));
}

/** @param {State} state @param {Actions} actions */
export function view(state, actions) {
  const { chatId } = state.shell.route.params;
  return html`<div class="chats ${chatId ? 'has-chat' : ''}" @keydown=${(/** @type {KeyboardEvent} */ event) => back(state, actions, event)}>
    <section class="chats-list" aria-label=${t('nav.chats')}>${chatList(state, actions)}</section>
    <section class="chats-thread" aria-label=${t('chats.conversation')}>${chatId ? thread(state, actions) : nothingOpen(state)}</section>
  </div>`;
}

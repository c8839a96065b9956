// The list of chats: search, newest first, arrow keys.
import { day, time } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing, repeat } from '../../lit.js';
import { href } from '../../router.js';
import { sameChat } from '../../store/messages/step.js';
import { ticks } from '../parts/badge.js';
import { linkButton } from '../parts/button.js';
import { errorPanel } from '../parts/error.js';
import { search } from '../parts/field.js';
import { icon } from '../parts/icon.js';
import { loadMore } from '../parts/more.js';
import { skeletonRows } from '../parts/skeleton.js';
import { chatName, colourOf, excerpt, initials } from './names.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */
/** @typedef {import('../../store/messages/chats.js').Shown} Shown */

/** @param {{chatId: string, phone: string|null, name?: string|null}} chat */
export const avatar = (chat) =>
  html`<span class="face name-${colourOf(chat.chatId)}" aria-hidden="true">${
    chat.chatId.endsWith('@g.us') ? icon('users') : initials(chat.name ?? '') || icon('user')
  }</span>`;

/** The time today, the day before that. @param {string} at @param {number} now */
const when = (at, now) => (new Date(at).toDateString() === new Date(now).toDateString() ? time(at) : day(at, now));

/** @param {State} state @param {Shown} chat @param {boolean} stop whether Tab stops here */
function row({ shell }, chat, stop) {
  const { id, chatId } = shell.route.params;
  const { lastMessage: last, unseen } = chat;
  const open = Boolean(chatId) && sameChat(chat, { chatId });
  return html`<li><a class="chat" href=${href('conversation', { id, chatId: chat.chatId })} aria-current=${open ? 'page' : nothing} tabindex=${stop ? 0 : -1}>
    ${avatar(chat)}
    <span class="min-w-0 flex-1">
      <span class="flex items-baseline gap-2"><span class="chat-name">${chatName(chat)}</span><time class="chat-time" datetime=${last.at}>${when(last.at, shell.now)}</time></span>
      <span class="flex items-center gap-1.5 text-muted">${last.direction === 'out' ? ticks(last.state) : nothing}<span class="min-w-0 flex-1 truncate">${
        chat.isGroup && last.direction === 'in' && last.senderName ? `${last.senderName}: ` : nothing
      }${excerpt(last)}</span>${unseen ? html`<span class="unseen"><span aria-hidden="true">${unseen}</span><span class="sr-only">${t('chats.new', { count: unseen })}</span></span>` : nothing}</span>
    </span>
  </a></li>`;
}

/** @param {KeyboardEvent} event */
function keys(event) {
  const pane = /** @type {HTMLElement} */ (event.currentTarget);
  const links = /** @type {HTMLElement[]} */ ([...pane.querySelectorAll('.chat')]);
  const at = links.indexOf(/** @type {HTMLElement} */ (event.target));
  const current = links.findIndex((link) => link.hasAttribute('aria-current'));
  const to = {
    ArrowDown: at < 0 ? Math.max(current, 0) : at + 1,
    ArrowUp: at - 1,
    Home: at < 0 ? -1 : 0,
    End: at < 0 ? -1 : links.length - 1,
  }[event.key];
  if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  if (at === 0 && event.key === 'ArrowUp') /** @type {HTMLElement|null} */ (pane.querySelector('input'))?.focus();
  if (!links[to]) return;
  event.preventDefault();
  links[to].focus();
}

/** @param {State} state @param {Actions} actions */
function rows(state, actions) {
  const { chats } = state.messages;
  const { chatId, id } = state.shell.route.params;
  if (chats.status === 'failed')
    return html`<div class="p-4">${errorPanel({ error: chats.error, onRetry: () => actions.messages.openChats(id) })}</div>`;
  if (chats.status !== 'ready' || chats.sessionId !== id) return html`<div class="chats-wait">${skeletonRows(7)}</div>`;
  if (!chats.list.length)
    return html`<div class="chats-none"><p class="font-medium">${t(chats.q ? 'chats.noneFound' : 'chats.none')}</p><p class="text-muted">${t(chats.q ? 'chats.noneFoundText' : 'chats.noneText')}</p></div>`;
  const open = chats.list.findIndex((chat) => Boolean(chatId) && sameChat(chat, { chatId }));
  return html`<ul>${repeat(
    chats.list,
    (chat) => chat.chatId,
    (chat, index) => row(state, chat, index === Math.max(open, 0)),
  )}</ul>${loadMore({ cursor: chats.cursor, busy: chats.busy, onMore: actions.messages.moreChats })}`;
}

/** @param {State} state @param {Actions} actions */
export function chatList(state, actions) {
  const { id, chatId } = state.shell.route.params;
  const session = state.sessions.byId.get(id);
  const name = session?.name ?? id;
  const title = html`<span class="block truncate">${t('nav.chats')}</span>`;
  return html`<div class="flex min-h-0 flex-1 flex-col" @keydown=${keys}>
    <header class="chats-head">
      <a class="btn btn-quiet btn-small btn-icon" href=${href('session', { id })} title=${name}>${icon('arrow-left')}<span class="sr-only">${name}</span></a>
      <div class="min-w-0 flex-1">
        ${chatId ? html`<h2 class="font-semibold">${title}</h2>` : html`<h1 class="font-semibold" tabindex="-1">${title}</h1>`}
        <p class="truncate text-xs text-muted">${name}</p>
      </div>
      ${linkButton({ label: t('chats.write'), icon: 'pencil', kind: 'quiet', small: true, iconOnly: true, href: href('messages', {}, { session: id }) })}
    </header>
    <div class="px-3 pb-2">${search({ id: 'chats-search', label: t('chats.search'), value: state.messages.chats.q, onInput: actions.messages.searchChats })}</div>
    <div class="relative min-h-0 flex-1 overflow-y-auto" tabindex="-1">${rows(state, actions)}</div>
  </div>`;
}

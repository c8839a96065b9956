// The conversations of one session, the one with the newest message first. Pure.
import { messageOf, sameChat, stepped } from './step.js';

/** @typedef {import('../../types.js').Chat} Chat */
/** @typedef {import('../../types.js').Message} Message */
/** @typedef {import('../../types.js').WamuxEvent} WamuxEvent */
/** @typedef {Chat & {unseen?: number}} Shown */

export const chats = {
  initial: {
    sessionId: '',
    q: '',
    status: /** @type {import('../../types.js').LoadStatus} */ ('idle'),
    error: /** @type {any} */ (null),
    list: /** @type {Shown[]} */ ([]),
    cursor: /** @type {string|null} */ (null),
    busy: false,
    /** The chat that is open: what comes in it is seen. */
    open: '',
  },

  /** @param {any} state @param {import('../../store.js').Action} action */
  reduce(state, action) {
    switch (action.type) {
      case 'chatsAsked':
        return asked(state, action);
      case 'chatsLoaded':
        return { ...state, status: 'ready', error: null, busy: false, ...loaded(state, action) };
      case 'chatsMore':
        return { ...state, busy: true };
      case 'chatsFailed':
        return { ...state, busy: false, status: state.status === 'ready' ? 'ready' : 'failed', error: action.error };
      case 'chatOpened':
        return { ...state, open: action.chatId, list: seen(state.list, action.chatId) };
      case 'messagesSeen':
        return followed(state, action.messages);
      case 'events':
        return action.events.reduce(told, state);
      default:
        return state;
    }
  },
};

/** While the same session is searched, what is there stays to be chosen from. @param {any} state @param {import('../../store.js').Action} action */
function asked(state, { sessionId, q }) {
  const list = sessionId === state.sessionId ? state.list : [];
  return { ...chats.initial, open: state.open, sessionId, q, list, status: 'loading' };
}

/** @param {Shown[]} list @param {string} chatId */
const seen = (list, chatId) =>
  list.map((chat) => (chat.unseen && sameChat(chat, { chatId }) ? { ...chat, unseen: 0 } : chat));

/** @param {{list: Shown[], cursor: string|null}} state @param {import('../../store.js').Action} action */
function loaded(state, { list, cursor, how }) {
  if (how === 'replace') return { list, cursor };
  const unseen = new Map(state.list.map((chat) => [chat.chatId, chat.unseen]));
  const fresh = list.map((/** @type {Shown} */ chat) => ({ ...chat, unseen: unseen.get(chat.chatId) }));
  const ids = new Set(list.map((/** @type {Shown} */ chat) => chat.chatId));
  const rest = state.list.filter(({ chatId }) => !ids.has(chatId));
  // A first page read anew goes before what is there; a further one behind it.
  return how === 'refresh' ? { list: [...fresh, ...rest] } : { list: [...rest, ...fresh], cursor };
}

/** @param {any} state @param {WamuxEvent} event */
function told(state, event) {
  if (event.sessionId !== state.sessionId) return state;
  const id = messageOf(event);
  if (!id) return state;
  if (event.type === 'message.received' || event.type === 'message.sent')
    return arrived(state, event.data, event.type === 'message.received');
  const at = state.list.findIndex((/** @type {Shown} */ chat) => chat.lastMessage.id === id);
  if (at < 0) return state;
  const list = [...state.list];
  list[at] = { ...list[at], lastMessage: stepped(list[at].lastMessage, event) };
  return { ...state, list };
}

/** Messages that were read from the API after an event had named them. @param {any} state @param {Message[]} messages */
const followed = (state, messages) =>
  messages
    .filter(({ sessionId }) => sessionId === state.sessionId)
    .reduce((next, message) => arrived(next, message, false), state);

/** @param {any} state @param {Message} message @param {boolean} fresh */
function arrived(state, message, fresh) {
  const known = state.list.find((/** @type {Shown} */ chat) => sameChat(chat, message));
  if (state.q && !known) return state;
  if (known && known.lastMessage.id > message.id) return state;
  const isGroup = message.chatId.endsWith('@g.us');
  const { chatId, phone, lid } = message;
  const chat = known ?? { chatId, phone, lid, name: isGroup ? null : message.senderName, isGroup };
  const unseen = fresh && !sameChat(chat, { chatId: state.open }) ? (chat.unseen ?? 0) + 1 : chat.unseen;
  const rest = state.list.filter((/** @type {Shown} */ other) => other !== known);
  return { ...state, list: [{ ...chat, lastMessage: message, unseen }, ...rest] };
}

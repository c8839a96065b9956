// The messages of one conversation, or of a whole session, oldest first; and what is searched for in it. Pure.
import { merged, messageOf, sameChat, stepped } from './step.js';

/** @typedef {import('../../types.js').Message} Message */
/** @typedef {import('../../types.js').WamuxEvent} WamuxEvent */

export const thread = {
  initial: {
    sessionId: '',
    /** Empty: all chats of the session. */
    chatId: '',
    /** The chat itself, where the list of chats does not have it. */
    chat: /** @type {import('../../types.js').Chat|null} */ (null),
    status: /** @type {import('../../types.js').LoadStatus} */ ('idle'),
    error: /** @type {any} */ (null),
    list: /** @type {Message[]} */ ([]),
    /** Where older ones begin; nothing when all are here. */
    cursor: /** @type {string|null} */ (null),
    busy: false,
    /** Why older ones could not be read; nothing asks again by itself. */
    stuck: /** @type {any} */ (null),
    /** Whether the reader has scrolled up, and how many came in meanwhile. */
    away: false,
    unseen: 0,
    /** Counts the times that the newest message is to be shown. */
    jump: 0,
    /** The message to be shown in its place. */
    target: '',
    /** Who reacted how: a message's id to people and their emoji. */
    reactions: /** @type {Record<string, Record<string, string>>} */ ({}),
    /** What came while the messages were asked for. */
    early: /** @type {WamuxEvent[]} */ ([]),
    found: /** @type {{q: string, status: import('../../types.js').LoadStatus, list: Message[]}|null} */ (null),
  },

  /** @param {any} state @param {import('../../store.js').Action} action */
  reduce(state, action) {
    switch (action.type) {
      case 'threadAsked':
        return { ...thread.initial, sessionId: action.sessionId, chatId: action.chatId, status: 'loading' };
      case 'threadChanged':
        return { ...state, ...action.changes };
      case 'threadLoaded':
        return loaded(state, action);
      case 'threadTrimmed':
        // Only where nobody looks at what goes: the reader is at the end.
        return state.sessionId === action.sessionId && state.chatId === action.chatId && !state.away
          ? loaded({ ...state, list: [] }, action)
          : state;
      case 'threadFailed':
        if (state.status !== 'ready') return { ...state, busy: false, status: 'failed', error: action.error };
        return { ...state, busy: false, error: action.error, stuck: action.older ? action.error : state.stuck };
      case 'messagesSeen':
        return added(
          state,
          action.messages.filter((/** @type {Message} */ message) => isHere(state, message.sessionId, message)),
          false,
        );
      case 'events':
        return action.events.reduce(told, state);
      default:
        return state;
    }
  },
};

/** @param {any} state @param {string} sessionId @param {any} chat */
const isHere = (state, sessionId, chat) =>
  sessionId === state.sessionId && (!state.chatId || sameChat(chat, { chatId: state.chatId }));

/** @param {any} state @param {import('../../store.js').Action} action */
function loaded(state, { list, cursor, reactions }) {
  const next = { ...state, status: 'ready', error: null, busy: false, list: merged(state.list, list) };
  if (cursor !== undefined) Object.assign(next, { cursor, stuck: null });
  if (reactions) next.reactions = reactions.reduce(reacted, {});
  // What came while the answer was on its way is newer than the answer.
  return state.early.reduce(told, { ...next, early: [] });
}

/** @param {any} state @param {Message[]} messages @param {boolean} fresh whether they are news to the reader */
function added(state, messages, fresh) {
  if (!messages.length || state.status !== 'ready') return state;
  const list = merged(state.list, messages);
  const unseen = state.unseen + (fresh && state.away ? list.length - state.list.length : 0);
  return { ...state, list, unseen };
}

/** @param {Record<string, Record<string, string>>} all @param {WamuxEvent} event */
function reacted(all, { data }) {
  if (!data.messageId) return all;
  const of = { ...all[data.messageId] };
  const who = data.fromMe ? 'me' : data.sender.chatId;
  if (data.emoji) of[who] = data.emoji;
  else delete of[who];
  return { ...all, [data.messageId]: of };
}

/** @param {any} state @param {WamuxEvent} event */
function told(state, event) {
  const { type, sessionId, data } = event;
  const id = messageOf(event);
  if (!id || !isHere(state, sessionId, data)) return state;
  if (state.status === 'loading') return { ...state, early: [...state.early, event] };
  if (type === 'message.received' || type === 'message.sent') return added(state, [data], type === 'message.received');
  if (type === 'message.reaction') return { ...state, reactions: reacted(state.reactions, event) };
  const at = state.list.findIndex((/** @type {Message} */ message) => message.id === id);
  if (at < 0) return state;
  const list = [...state.list];
  list[at] = stepped(list[at], event);
  return { ...state, list };
}

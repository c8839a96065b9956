// State of the pages on messages: the send form, chats, the open conversation, one message and what became of it.
import { attempts } from './messages/attempts.js';
import { chats } from './messages/chats.js';
import { messageOf, stepped } from './messages/step.js';
import { thread } from './messages/thread.js';

/** One message with its timeline. */
const detail = {
  initial: {
    id: '',
    status: /** @type {import('../types.js').LoadStatus} */ ('idle'),
    error: /** @type {any} */ (null),
    message: /** @type {import('../types.js').Message|null} */ (null),
    steps: /** @type {any[]} */ ([]),
    /** What the chat is called. */
    name: '',
    cancelling: false,
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    switch (action.type) {
      case 'messageAsked':
        return action.id === state.id && state.message
          ? state
          : { ...detail.initial, id: action.id, status: 'loading' };
      case 'messageLoaded':
        if (action.message.id !== state.id) return state;
        return {
          ...state,
          status: 'ready',
          error: null,
          cancelling: false,
          message: action.message,
          steps: action.steps,
        };
      case 'messageFailed':
        return { ...state, status: state.message ? 'ready' : 'failed', error: action.error };
      case 'messageNamed':
        return action.id === state.id ? { ...state, name: action.name } : state;
      case 'messageCancelling':
        return { ...state, cancelling: action.on };
      case 'events': {
        const own = action.events.filter(
          (/** @type {import('../types.js').WamuxEvent} */ event) => messageOf(event) === state.id,
        );
        return state.message && own.length ? { ...state, message: own.reduce(stepped, state.message) } : state;
      }
      default:
        return state;
    }
  },
};

const PARTS = { chats, thread, attempts, detail };
const names = /** @type {(keyof typeof PARTS)[]} */ (Object.keys(PARTS));

export const messages = {
  initial: {
    chats: chats.initial,
    thread: thread.initial,
    attempts: attempts.initial,
    detail: detail.initial,
    /** What was typed into a chat and not sent, by session and chat. */
    drafts: /** @type {Record<string, string>} */ ({}),
    /** The send form: what is in it and what is wrong with it; and small things of the other pages. */
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    if (action.type === 'messagesPage') return { ...state, page: { ...state.page, ...action.changes } };
    if (action.type === 'draftChanged') return { ...state, drafts: { ...state.drafts, [action.place]: action.text } };
    let next = state;
    for (const name of names) {
      const part = /** @type {any} */ (PARTS[name]).reduce(state[name], action);
      if (part !== state[name]) next = { ...next, [name]: part };
    }
    return next;
  },
};

/** The chats' part of the key under which a draft is kept. @param {string} sessionId @param {string} chatId */
export const draftPlace = (sessionId, chatId) => `${sessionId}/${chatId}`;

// Sending, from the form and from conversations.
import { asCurl, byteLength, canSend, parseRecipient, TEXT_BYTES } from '../../outgoing.js';
import { draftPlace } from '../../store/messages.js';
import { createDelivery } from './delivery.js';

/** @typedef {import('../../store/messages/attempts.js').Attempt} Attempt */

/** A second press within this time means the same message. */
const DOUBLE_MS = 800;

/** What is wrong with the form, by field. @param {{sessionId?: string, to?: string, text?: string}} form */
export function faults({ sessionId = '', to = '', text = '' }) {
  /** @type {Record<string, string>} */
  const errors = {};
  const { kind } = parseRecipient(to);
  if (!sessionId) errors.session = 'needed';
  if (!canSend(kind)) errors.to = kind;
  if (!text.trim()) errors.text = 'empty';
  else if (byteLength(text) > TEXT_BYTES) errors.text = 'long';
  return errors;
}

/** @param {import('../../actions.js').Context} context @param {ReturnType<typeof import('./chats.js').chatActions>} chats */
export function sendActions({ store, api, platform, dispatch, fail }, chats) {
  const page = (/** @type {Record<string, any>} */ changes) => dispatch({ type: 'messagesPage', changes });
  let acceptedAt = 0;
  const { begin, again } = createDelivery({ api, dispatch, fail }, chats.catchUp);

  /** Whom the form sends from: its chats are suggested, its messages shown. @param {string} sessionId */
  function chooseSession(sessionId) {
    page({ sessionId, combo: null, errors: {} });
    chats.openChats(sessionId);
    chats.openThread(sessionId);
  }

  return {
    /** The request for a terminal. @param {{sessionId: string, to: string, text: string}} body */
    curl: (body) => asCurl(platform.origin, body),
    chooseSession,
    leaveForm() {
      chats.closeThread();
      if (store.state.messages.chats.q) chats.searchChats('');
    },
    /** Where there is one session alone, it is the one that is meant. */
    chooseOnly() {
      const [only, ...others] = store.state.sessions.byId.keys();
      if (only && !others.length) chooseSession(only);
    },
    /** Sends what the form holds; gives back what is wrong with it instead, if anything is. */
    async sendForm() {
      const { sessionId, to, text, sending } = store.state.messages.page;
      if (sending || Date.now() - acceptedAt < DOUBLE_MS) return {};
      const errors = faults({ sessionId, to, text });
      page({ errors, tried: true, combo: null });
      if (Object.keys(errors).length) return errors;
      page({ sending: true });
      const accepted = await begin({ from: 'form', sessionId, to: parseRecipient(to).to, text });
      if (accepted) acceptedAt = Date.now();
      // What was typed meanwhile stays.
      const typed = store.state.messages.page.text;
      page({ sending: false, ...(accepted && typed === text ? { text: '', tried: false } : {}) });
      return {};
    },
    /** Sends from a conversation: the text leaves the composer at once. @param {string} sessionId @param {string} chatId @param {string} text */
    sendInChat(sessionId, chatId, text) {
      const size = byteLength(text);
      if (!text.trim() || size > TEXT_BYTES) return;
      dispatch({ type: 'draftChanged', place: draftPlace(sessionId, chatId), text: '' });
      const { jump } = store.state.messages.thread;
      dispatch({ type: 'threadChanged', changes: { jump: jump + 1, unseen: 0, target: '' } });
      begin({ from: 'chat', sessionId, to: chatId, text });
    },
    /** The same attempt once more, under the same key. @param {Attempt} attempt */
    async tryAgain(attempt) {
      if ((await again(attempt)) && store.state.messages.page.text === attempt.text && attempt.from === 'form')
        page({ text: '', tried: false });
    },
    /** Takes a failed attempt away, its text back into the composer where that is empty. @param {Attempt} attempt */
    takeBack({ key, sessionId, to, text, from }) {
      dispatch({ type: 'attemptDropped', key });
      const place = draftPlace(sessionId, to);
      if (from === 'chat' && !store.state.messages.drafts[place]) dispatch({ type: 'draftChanged', place, text });
    },
    /** @param {string} sessionId @param {string} chatId @param {string} text */
    draft: (sessionId, chatId, text) => dispatch({ type: 'draftChanged', place: draftPlace(sessionId, chatId), text }),
  };
}

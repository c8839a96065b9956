// Sending: one Idempotency-Key for each attempt, so that pressing twice or trying again after a lost answer sends once.
import { asCurl, byteLength, canSend, parseRecipient, TEXT_BYTES } from '../../outgoing.js';
import { draftPlace } from '../../store/messages.js';

/** @typedef {import('../../store/messages/attempts.js').Attempt} Attempt */

/** Pauses before tries of the same attempt, after answers that leave open whether it took effect. */
const PAUSES_MS = [500, 1_500, 4_000];
const OPEN = [
  'network',
  'idempotency_in_flight',
  'unavailable',
  'timeout',
  'storage_failed',
  'body_unreadable',
  'body_timeout',
];
/** A second press within this time means the same message. */
const DOUBLE_MS = 800;

/** A name that nobody else gives; `randomUUID` is missing where the page did not come over TLS. */
const newKey = () =>
  `page-${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

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
  /** Keys of attempts that may have taken effect: the same message once more goes under the same one. @type {Map<string, string>} */
  const unsure = new Map();
  const sign = (/** @type {Pick<Attempt, 'sessionId'|'to'|'text'>} */ { sessionId, to, text }) =>
    JSON.stringify([sessionId, to, text]);

  /** @param {Attempt} attempt @param {number} [tries] @returns {Promise<boolean>} */
  async function deliver(attempt, tries = 0) {
    const { key, sessionId, to, text } = attempt;
    try {
      const options = { idempotencyKey: key, prefer: 'respond-async' };
      const message = await api.sendMessage({ sessionId, to, text }, options);
      unsure.delete(sign(attempt));
      dispatch({ type: 'messagesSeen', messages: [message] });
      dispatch({ type: 'attemptAccepted', key, message });
      chats.catchUp();
      return true;
    } catch (/** @type {any} */ error) {
      if (OPEN.includes(error.code) && tries < PAUSES_MS.length) {
        await new Promise((done) => setTimeout(done, PAUSES_MS[tries]));
        return deliver(attempt, tries + 1);
      }
      if (OPEN.includes(error.code)) unsure.set(sign(attempt), key);
      dispatch({ type: 'attemptFailed', key, error });
      if (error.status === 401) fail(error);
      return false;
    }
  }

  /** @param {Pick<Attempt, 'from'|'sessionId'|'to'|'text'>} what */
  function begin(what) {
    /** @type {Attempt} */
    const attempt = {
      ...what,
      key: unsure.get(sign(what)) ?? newKey(),
      at: new Date().toISOString(),
      phase: 'sending',
      error: null,
      message: null,
    };
    dispatch({ type: 'attemptDropped', key: attempt.key });
    dispatch({ type: 'attemptBegun', attempt });
    return deliver(attempt);
  }

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
      dispatch({ type: 'attemptRetried', key: attempt.key });
      if ((await deliver(attempt)) && store.state.messages.page.text === attempt.text && attempt.from === 'form')
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

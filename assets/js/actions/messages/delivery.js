// Getting a text to the API: one Idempotency-Key for each attempt, so that pressing twice or trying again after a lost answer
// sends once; and one after the other in each chat, so that they arrive in the order in which they were written.
import { newKey, OPEN, PAUSES_MS } from '../../once.js';

/** @typedef {import('../../store/messages/attempts.js').Attempt} Attempt */

/** @param {Pick<import('../../actions.js').Context, 'api'|'dispatch'|'fail'>} context @param {() => void} catchUp reads what events named meanwhile */
export function createDelivery({ api, dispatch, fail }, catchUp) {
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

  /** The last attempt of each chat. @type {Map<string, Promise<boolean>>} */
  const last = new Map();

  /** @param {Attempt} attempt */
  function inTurn(attempt) {
    const chat = JSON.stringify([attempt.sessionId, attempt.to]);
    const turn = (last.get(chat) ?? Promise.resolve(true)).then(() => deliver(attempt)).finally(catchUp);
    last.set(chat, turn);
    return turn;
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
    return inTurn(attempt);
  }

  return {
    begin,
    /** The same attempt once more, under the same key. @param {Attempt} attempt */
    again(attempt) {
      dispatch({ type: 'attemptRetried', key: attempt.key });
      return inTurn(attempt);
    },
  };
}

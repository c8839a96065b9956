// Requests that take effect once, however often they are sent: the same one goes out under the same Idempotency-Key until it is known
// what became of it.

/** Pauses before tries of the same request, in milliseconds. */
export const PAUSES_MS = [500, 1_500, 4_000];

const IN_FLIGHT = 'idempotency_in_flight';
/** Answers that leave open whether it took effect. */
export const OPEN = [
  'network',
  IN_FLIGHT,
  'unavailable',
  'timeout',
  'storage_failed',
  'body_unreadable',
  'body_timeout',
];

/** A name that nobody else gives; `randomUUID` is missing where the page did not come over TLS. */
export const newKey = () =>
  `page-${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** @param {any} error */
const isOpen = ({ code, status }) => OPEN.includes(code) || !(status >= 400 && status < 500);

/** Sends what a form says; pressing again after a lost answer sends the same once more. */
export function createOnce() {
  /** Keys of requests that may have taken effect, by what was asked. @type {Map<string, string>} */
  const unsure = new Map();
  /** @template T @param {unknown} body @param {(key: string) => Promise<T>} send @returns {Promise<T>} */
  return async function once(body, send) {
    const what = JSON.stringify(body);
    const key = unsure.get(what) ?? newKey();
    unsure.set(what, key);
    for (let tries = 0; ; tries += 1)
      try {
        const answer = await send(key);
        unsure.delete(what);
        return answer;
      } catch (/** @type {any} */ error) {
        if (!isOpen(error)) unsure.delete(what);
        // The first one is still being worked on: its answer will be this one's.
        if (error.code !== IN_FLIGHT || tries >= PAUSES_MS.length) throw error;
        await new Promise((done) => setTimeout(done, PAUSES_MS[tries]));
      }
  };
}

// Follows a pairing link: one request after another that waits until something changes.
import { createPause } from '../pause.js';

/** How long the server may keep a request, in seconds. */
const WAIT_SECS = 25;
const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 20_000;

/**
 * @typedef {object} LinkView what the API says of a pairing link
 * @property {number} version
 * @property {import('../types.js').SessionState} state
 * @property {import('../types.js').LinkStep|null} linking
 * @property {import('../types.js').LinkFailure|null} linkFailure
 * @property {string|null} phone
 * @property {{name: string|null, color: string|null, logo: string|boolean|null}} branding
 * @property {string|null} locale
 * @property {string|null} returnUrl
 * @property {string} expiresAt
 */

/**
 * @param {object} options
 * @param {(after: number|undefined, wait: number, signal: AbortSignal) => Promise<LinkView>} options.read
 * @param {(view: LinkView) => void} options.onView
 * @param {() => void} options.onGone the link is not good, for whatever reason
 * @param {(online: boolean) => void} options.onOnline
 * @param {(busy: boolean) => void} [options.onBusy] too many tabs wait with the same link
 */
export function createFollower({ read, onView, onGone, onOnline, onBusy = () => {} }) {
  let version = /** @type {number|undefined} */ (undefined);
  let patient = false;
  let asking = new AbortController();
  const pause = createPause();
  let stopped = false;
  let failures = 0;

  async function once() {
    asking = new AbortController();
    const waits = patient;
    try {
      const view = await read(version, waits ? WAIT_SECS : 0, asking.signal);
      if (waits) onBusy(false);
      if (failures) onOnline(true);
      failures = 0;
      version = view.version;
      patient = true;
      if (!stopped) onView(view);
    } catch (/** @type {any} */ error) {
      if (asking.signal.aborted || stopped) return;
      if (error.status === 404) {
        stopped = true;
        return onGone();
      }
      // That is no loss of the connection.
      if (error.status === 429) {
        onBusy(true);
        return void (await pause.sleep((error.retryAfter ?? 0) * 1_000 || RETRY_MS));
      }
      onOnline(false);
      await pause.sleep(Math.min(RETRY_MS * 2 ** failures, LONGEST_RETRY_MS));
      failures += 1;
    }
  }

  return {
    async run() {
      while (!stopped) await once();
    },
    /** Reads now what there is, without waiting for a change. */
    refresh() {
      patient = false;
      asking.abort();
      pause.wake();
    },
    stop() {
      stopped = true;
      asking.abort();
      pause.wake();
    },
  };
}

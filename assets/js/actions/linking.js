// Keeps a code to scan on the screen until a phone is linked. It knows nothing of the dashboard: whoever uses it hands in how to ask.
import { isPhone, stageOf } from '../store/linking.js';

/** @typedef {import('../types.js').Session} Session */
/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

/** How long the API may let us wait for a code, in seconds. */
const WAIT_SECS = 30;
/** A new code is told of by an event; without one, it is asked for so long after the old one's end. */
const GRACE_MS = 4_000;
/** Whatever the clocks say, a code is not asked for more often by itself. */
const LEAST_MS = 8_000;
const RETRY_MS = 2_000;

/**
 * @typedef {object} LinkingOptions
 * @property {string} id
 * @property {Pick<import('../api.js').Api, 'getQr'|'getQrSvg'|'pairingCode'|'startSession'>} api
 * @property {(action: {type: string, [key: string]: any}) => void} dispatch
 * @property {() => import('../store/linking.js').Linking} state
 * @property {() => Promise<unknown>} refresh reads the session anew; `follow` is told
 * @property {() => void} [onDone]
 */

/** A pause that can be ended early. */
function createPause() {
  let end = () => {};
  return {
    wake: () => end(),
    sleep: (/** @type {number} */ ms) =>
      new Promise((/** @type {(value?: unknown) => void} */ done) => {
        const timer = setTimeout(done, ms);
        end = () => {
          clearTimeout(timer);
          done();
        };
      }),
  };
}

/** The code to scan, as long as it is wanted. @param {LinkingOptions} options @param {AbortSignal} signal */
function createScanner({ id, api, dispatch, state, refresh }, signal) {
  const pause = createPause();
  let running = /** @type {Promise<void>|null} */ (null);
  const isOver = () => signal.aborted || ['done', 'down', 'expired', 'syncing'].includes(state().stage);
  const scan = (/** @type {any} */ changes) => dispatch({ type: 'linkingScan', changes });

  /** Shows the code that is good now. A request for one begins a new round where the last one is over. */
  async function showCode() {
    const { expiresAt } = await api.getQr(id, WAIT_SECS, signal);
    const blob = await api.getQrSvg(id, WAIT_SECS, signal);
    if (isOver()) return;
    scan({ blob, expiresAt, error: null });
    if (state().stage === 'waiting') dispatch({ type: 'linkingStage', stage: 'open' });
    await pause.sleep(Math.max(LEAST_MS, Date.parse(expiresAt) - Date.now() + GRACE_MS));
  }

  async function run() {
    while (!isOver()) {
      try {
        await showCode();
      } catch (/** @type {any} */ error) {
        if (isOver()) return;
        // The session may have come further, or have gone down: it says so itself.
        await refresh();
        if (isOver()) return;
        const early = error.code === 'nothing_to_scan';
        scan({ error: early ? null : error });
        if (!early && error.status > 0 && error.status < 500) return;
        await pause.sleep(RETRY_MS);
      }
    }
  }

  return {
    wake: pause.wake,
    begin() {
      running ??= run().finally(() => {
        running = null;
      });
    },
    /** Until nothing is asked for any more. */
    async end() {
      pause.wake();
      await running;
    },
  };
}

/** The code to type. @param {LinkingOptions} options @param {AbortSignal} signal */
function createTyper({ id, api, dispatch }, signal) {
  let timer = /** @type {ReturnType<typeof setTimeout>|undefined} */ (undefined);
  const typed = (/** @type {any} */ changes) => {
    if (!signal.aborted) dispatch({ type: 'linkingTyped', changes });
  };
  const forget = (/** @type {any} */ changes = {}) => {
    clearTimeout(timer);
    typed({ code: null, expiresAt: null, error: null, over: false, ...changes });
  };
  return {
    forget,
    /** A code to type on the phone with this number. @param {string} phone */
    async ask(phone) {
      if (!isPhone(phone)) return forget({ phone, error: { code: 'bad_phone' } });
      forget({ busy: true, phone });
      try {
        // Codes to type exist only while there is one to scan.
        await api.getQr(id, WAIT_SECS, signal);
        const { code, expiresAt } = await api.pairingCode(id, phone);
        typed({ busy: false, code, expiresAt });
        timer = setTimeout(() => forget({ over: true }), Date.parse(expiresAt) - Date.now());
      } catch (error) {
        typed({ busy: false, error });
      }
    },
  };
}

/** @param {LinkingOptions} options */
export function createLinking(options) {
  const { id, api, dispatch, state, onDone = () => {} } = options;
  const closed = new AbortController();
  const scanner = createScanner(options, closed.signal);
  const typer = createTyper(options, closed.signal);
  const stage = (/** @type {string} */ name, changes = {}) => dispatch({ type: 'linkingStage', stage: name, changes });
  const forgetCodes = () => {
    dispatch({ type: 'linkingScan', changes: { blob: null, expiresAt: null, error: null } });
    typer.forget();
  };

  return {
    begin: scanner.begin,
    /** What the session is now. @param {Session} session */
    follow(session) {
      const { stage: before, scan, account } = state();
      if (closed.signal.aborted) return;
      // Whose phone it was is known a moment later.
      if (before === 'done' && session.phone === account.phone) return;
      const next = before === 'done' ? before : stageOf(session, scan.blob !== null);
      // Nobody scanned: only a person begins another round.
      if ((next === before && next !== 'done') || (before === 'expired' && (next === 'open' || next === 'waiting')))
        return;
      stage(next, { account: { phone: session.phone, name: session.pushName }, cause: session.cause });
      if (next === 'waiting' || next === 'open') scanner.begin();
      else scanner.wake();
      if (next === 'done' && before !== 'done') onDone();
    },
    /** @param {WamuxEvent[]} events */
    onEvents(events) {
      for (const { type, data, sessionId } of events) {
        if (sessionId !== id) continue;
        if (type === 'session.qr' && data.expiresAt !== state().scan.expiresAt) scanner.wake();
        if (type === 'session.linking' && data.cause?.code === 'qrExpired' && state().scan.blob) {
          forgetCodes();
          stage('expired');
          scanner.wake();
        }
      }
    },
    /** Begins again, from wherever it ended. */
    async again() {
      const wasDown = state().stage === 'down';
      forgetCodes();
      await scanner.end();
      stage('waiting');
      try {
        if (wasDown) await api.startSession(id);
        scanner.begin();
      } catch (error) {
        dispatch({ type: 'linkingScan', changes: { error } });
      }
    },
    askCode: typer.ask,
    /** Back to the number. */
    otherNumber: () => typer.forget(),
    close() {
      typer.forget();
      closed.abort();
      scanner.wake();
      dispatch({ type: 'linkingClosed' });
    },
  };
}
/** @typedef {ReturnType<typeof createLinking>} Linker */

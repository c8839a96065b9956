// Keeps a code to scan on the screen until a phone is linked. It knows nothing of the dashboard: whoever uses it hands in how to ask.
import { createPause } from '../pause.js';
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
 * @property {LinkingApi} api
 * @property {(action: {type: string, [key: string]: any}) => void} dispatch
 * @property {() => import('../store/linking.js').Linking} state
 * @property {() => Promise<unknown>} refresh reads the session anew; `follow` is told
 * @property {() => void} [onDone]
 * @property {number} [rounds] how often codes are shown anew by themselves when nobody scanned
 */
/** @typedef {ReturnType<typeof import('../api.js').linkingCalls> & {cancelLinking: (id: string) => Promise<unknown>, startSession: (id: string) => Promise<unknown>}} LinkingApi */

/** Between an attempt and its outcome, or the next one, a session can say nothing for so long. */
const SETTLE_MS = 3_000;
/** @param {{retryAfter?: number|null}} error */
const waitOf = ({ retryAfter }) => Math.max(RETRY_MS, (retryAfter ?? 0) * 1_000);

/** What was asked for too often is not asked for again before its time: until then the same is answered, with what is left. */
function createTurn() {
  let until = 0;
  let refusal = /** @type {any} */ (null);
  /** @template T @param {() => Promise<T>} ask @returns {Promise<T>} */
  return async (ask) => {
    const left = Math.ceil((until - Date.now()) / 1_000);
    if (left > 0) throw { ...refusal, retryAfter: left };
    try {
      return await ask();
    } catch (/** @type {any} */ error) {
      if (error.status === 429) {
        until = Date.now() + waitOf(error);
        refusal = error;
      }
      throw error;
    }
  };
}
/** Stages at which a phone has taken a code. */
const TAKEN = ['passkey', 'checking', 'compare', 'syncing'];
/** Stages at which no code is shown. */
const CODELESS = [...TAKEN, 'done', 'down', 'expired', 'failed'];

/** The code to scan, as long as it is wanted. @param {LinkingOptions} options @param {AbortSignal} signal */
function createScanner({ id, api, dispatch, state, refresh }, signal) {
  const pause = createPause();
  let running = /** @type {Promise<void>|null} */ (null);
  const isOver = () => signal.aborted || CODELESS.includes(state().stage);
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
        const busy = error.status === 429;
        if (!early && !busy && error.status > 0 && error.status < 500) return;
        await pause.sleep(busy ? waitOf(error) : RETRY_MS);
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
  const turn = createTurn();
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
        const { code, expiresAt } = await turn(async () => {
          // Codes to type exist only while there is one to scan.
          await api.getQr(id, WAIT_SECS, signal);
          return api.pairingCode(id, phone);
        });
        typed({ busy: false, code, expiresAt });
        timer = setTimeout(() => forget({ over: true }), Date.parse(expiresAt) - Date.now());
      } catch (error) {
        typed({ busy: false, error });
      }
    },
  };
}

/** The passkey and the code to compare. @param {LinkingOptions} options @param {AbortSignal} signal */
function createProver({ id, api, dispatch, state, refresh }, signal) {
  const prove = (/** @type {string} */ type, /** @type {any} */ changes) => {
    if (!signal.aborted) dispatch({ type, changes });
  };
  /** Asks, and says what came of it. @param {string} type @param {() => Promise<any>} ask */
  async function attempt(type, ask) {
    prove(type, { busy: true, error: null });
    try {
      prove(type, { busy: false, ...(await ask()) });
      return true;
    } catch (error) {
      prove(type, { busy: false, error });
      return false;
    } finally {
      refresh();
    }
  }
  return {
    /** What a stage needs to be known. @param {string} stage */
    async enter(stage) {
      try {
        if (stage === 'passkey') {
          prove('linkingPasskey', { options: null, error: null });
          prove('linkingPasskey', { options: (await api.getPasskey(id)).requestOptions });
        }
        if (stage === 'compare') {
          prove('linkingCompare', { code: null, error: null });
          prove('linkingCompare', { code: (await api.getConfirmation(id)).code });
        }
      } catch (error) {
        // It may have gone further in the meantime.
        if (state().stage === stage) prove(stage === 'passkey' ? 'linkingPasskey' : 'linkingCompare', { error });
      }
    },
    /** @param {unknown} credential as the browser gave it */
    givePasskey: (credential) =>
      attempt('linkingPasskey', async () => {
        await api.givePasskey(id, credential);
        return {};
      }),
    /** @param {boolean} same */
    compared: (same) =>
      attempt('linkingCompare', async () => {
        await api.confirmPasskey(id, same);
        return {};
      }),
    /** @param {any} error what was pasted cannot be read */
    unreadable: (error) => prove('linkingPasskey', { error }),
  };
}

/**
 * Attempts, one after another: which failure is old, and how a new one begins.
 * @param {LinkingOptions} options @param {{scanner: ReturnType<typeof createScanner>, forgetCodes: () => void}} parts
 */
function createAttempts({ id, api, dispatch, state, rounds = 0 }, { scanner, forgetCodes }) {
  let left = rounds;
  /** The failure that is over: a new attempt was asked for since. */
  let past = /** @type {string|null} */ (null);
  let last = /** @type {string|null} */ (null);
  const turn = createTurn();
  /** The session was down, and has not been started since. */
  let isDown = false;

  /** Begins again, from wherever it ended. */
  async function again() {
    isDown ||= state().stage === 'down';
    past = last;
    forgetCodes();
    await scanner.end();
    dispatch({ type: 'linkingStage', stage: 'waiting', changes: { step: null, failure: null } });
    try {
      if (isDown) await turn(async () => api.startSession(id));
      isDown = false;
      scanner.begin();
    } catch (error) {
      dispatch({ type: 'linkingScan', changes: { error } });
    }
  }
  return {
    again,
    past: () => past,
    /** @param {import('../types.js').LinkFailure|null|undefined} failure */
    note(failure) {
      last = failure?.at ?? last;
    },
    /** A failure of an attempt before this one is not told again. @param {Pick<Session, 'linkFailure'>} session */
    since({ linkFailure }) {
      past = linkFailure?.at ?? null;
    },
    /** Ends this attempt, and begins another one. */
    async restart() {
      const session = /** @type {any} */ (await api.cancelLinking(id).catch(() => null));
      last = session?.linkFailure?.at ?? last;
      await again();
    },
    /** Nobody scanned: shows codes anew by itself, a few times. */
    renew() {
      if (left <= 0) return;
      left -= 1;
      again();
    },
  };
}

/** @param {LinkingOptions} options */
export function createLinking(options) {
  const { id, dispatch, state, onDone = () => {} } = options;
  const closed = new AbortController();
  const scanner = createScanner(options, closed.signal);
  const typer = createTyper(options, closed.signal);
  const prover = createProver(options, closed.signal);
  const forgetCodes = () => {
    dispatch({ type: 'linkingScan', changes: { blob: null, expiresAt: null, error: null } });
    typer.forget();
  };
  const attempts = createAttempts(options, { scanner, forgetCodes });
  const stage = (/** @type {string} */ name, changes = {}) => dispatch({ type: 'linkingStage', stage: name, changes });

  let settling = /** @type {ReturnType<typeof setTimeout>|undefined} */ (undefined);

  /** What a stage brings with it. @param {import('../store/linking.js').Stage} next @param {string} before */
  function reached(next, before) {
    if (next === 'waiting' || next === 'open') scanner.begin();
    else scanner.wake();
    if (next === 'done' && before !== 'done') onDone();
    if (next === 'failed' || next === 'expired') forgetCodes();
    if (next === 'expired') attempts.renew();
    prover.enter(next);
  }

  return {
    begin: scanner.begin,
    since: attempts.since,
    /** What the session is now. @param {Session} session */
    follow(session) {
      const { stage: before, scan, account } = state();
      if (closed.signal.aborted) return;
      // Whose phone it was is known a moment later.
      if (before === 'done' && session.phone === account.phone) return;
      const { linking: step = null, linkFailure: failure = null, phone, pushName: name, cause } = session;
      attempts.note(failure);
      const next = before === 'done' ? before : stageOf(session, scan.blob !== null, attempts.past());
      // Nobody scanned, or it failed: only a person begins another round, here or elsewhere.
      const ended = before === 'expired' || before === 'failed';
      if (ended && !step && (next === 'open' || next === 'waiting')) return;
      const go = () => {
        stage(next, { account: { phone, name }, cause, step, failure });
        if (next !== before || next === 'done') reached(next, before);
      };
      clearTimeout(settling);
      // A new attempt would take the place of an outcome that is about to be told.
      if (TAKEN.includes(before) && !step && (next === 'open' || next === 'waiting'))
        settling = setTimeout(go, SETTLE_MS);
      else go();
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
    again: attempts.again,
    restart: attempts.restart,
    askCode: typer.ask,
    /** Back to the number. */
    otherNumber: () => typer.forget(),
    givePasskey: prover.givePasskey,
    compared: prover.compared,
    unreadable: prover.unreadable,
    close() {
      clearTimeout(settling);
      typer.forget();
      closed.abort();
      scanner.wake();
      dispatch({ type: 'linkingClosed' });
    },
  };
}
/** @typedef {ReturnType<typeof createLinking>} Linker */

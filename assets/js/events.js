// The live stream: reads frames by fetch, resumes after the last event, and asks in pages when streams fail. No DOM.

/** @typedef {import('./types.js').WamuxEvent} WamuxEvent */
/** @typedef {{event: string, id: string|null, data: string}} Frame */

/** Cuts a stream of text into frames as server-sent events have them. @param {(frame: Frame) => void} onFrame */
export function createFrameParser(onFrame) {
  let rest = '';
  let frame = { event: 'message', id: /** @type {string|null} */ (null), data: /** @type {string[]} */ ([]) };

  /** @param {string} line */
  function line(line) {
    if (line === '') {
      if (frame.data.length) onFrame({ ...frame, data: frame.data.join('\n') });
      frame = { event: 'message', id: null, data: [] };
      return;
    }
    if (line.startsWith(':')) return;
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') frame.data.push(value);
    else if (name === 'event') frame.event = value;
    else if (name === 'id') frame.id = value;
  }

  return (/** @type {string} */ text) => {
    rest += text;
    // A carriage return at the very end may be the first half of a line end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    lines.forEach(line);
  };
}

/** How long to wait before try number `failures`, in milliseconds: doubling, with jitter. @param {number} failures @param {() => number} random */
export function backoff(failures, random) {
  const full = Math.min(500 * 2 ** Math.min(failures, 10), 15_000);
  return full / 2 + (full / 2) * random();
}

/** Streams that may fail in a row before pages are asked for. */
const FAILURES_BEFORE_POLLING = 3;
const POLL_MS = 10_000;
/** The daemon's heartbeat is 15 s: a stream that is silent for longer than this is dead. */
const SILENCE_MS = 45_000;

/**
 * @typedef {object} LiveOptions
 * @property {(options: {lastId: string|null, signal: AbortSignal}) => Promise<Response>} openStream
 * @property {(query: import('./types.js').Query) => Promise<import('./types.js').Page<WamuxEvent>>} listEvents
 * @property {(events: WamuxEvent[]) => void} onEvents
 * @property {(status: import('./types.js').LiveStatus) => void} onStatus
 * @property {() => void} onFresh what is known may be old: read it anew
 * @property {(gap: {after: string, removedUntil: string}) => void} [onGap] events were removed before they could be told
 * @property {(error: any) => boolean} isFinal whether trying again is of no use, as with a wrong key
 * @property {{setTimeout: typeof setTimeout, clearTimeout: typeof clearTimeout}} [timers]
 * @property {() => number} [random]
 */

/** A pause that can be cut short. @param {Pick<typeof globalThis, 'setTimeout'|'clearTimeout'>} timers */
function createPause(timers) {
  let wake = () => {};
  return {
    sleep: (/** @type {number} */ ms) =>
      new Promise((/** @type {(value?: unknown) => void} */ done) => {
        const timer = timers.setTimeout(done, ms);
        wake = () => {
          timers.clearTimeout(timer);
          done();
        };
      }),
    wake: () => wake(),
  };
}

/**
 * Reads one open stream until it ends.
 * @param {Response} response
 * @param {{take: (events: WamuxEvent[]) => void, onGap: (gap: any) => void, onSilence: () => void, timers: any}} options
 */
async function readFrames(response, { take, onGap, onSilence, timers }) {
  const batch = /** @type {WamuxEvent[]} */ ([]);
  const parse = createFrameParser((frame) => {
    if (frame.event === 'gap') onGap(JSON.parse(frame.data));
    else if (frame.id) batch.push(JSON.parse(frame.data));
  });
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const watchdog = timers.setTimeout(onSilence, SILENCE_MS);
    const { done, value } = await reader.read().finally(() => timers.clearTimeout(watchdog));
    if (done) return;
    parse(decoder.decode(value, { stream: true }));
    take(batch.splice(0));
  }
}

/** Follows what happens until `stop()`. @param {LiveOptions} options */
export function createLive(options) {
  const { onEvents, onStatus, onFresh, isFinal, timers = globalThis, random = Math.random } = options;
  const stopped = new AbortController();
  const pause = createPause(timers);
  let lastId = /** @type {string|null} */ (null);
  let failures = 0;

  /** @param {WamuxEvent[]} events */
  function take(events) {
    const fresh = events.filter((event) => !lastId || event.id > lastId);
    if (!fresh.length) return;
    lastId = fresh[fresh.length - 1].id;
    onEvents(fresh);
  }

  /** @param {{after: string, removedUntil: string}} gap */
  function onGap(gap) {
    onFresh();
    options.onGap?.(gap);
  }

  /** Opens a stream and reads it to its end. */
  async function stream() {
    const connection = new AbortController();
    const end = () => connection.abort();
    stopped.signal.addEventListener('abort', end);
    try {
      const response = await options.openStream({ lastId, signal: connection.signal });
      failures = 0;
      onStatus('live');
      if (!lastId) onFresh();
      await readFrames(response, { take, onGap, onSilence: end, timers });
    } catch (error) {
      if (isFinal(error)) stopped.abort();
    } finally {
      stopped.signal.removeEventListener('abort', end);
    }
  }

  /** Asks in pages for what has happened since. Without a place to go on from, all is read anew. */
  async function poll() {
    onFresh();
    for (let more = Boolean(lastId); more; ) {
      const page = await options.listEvents({ after: lastId, limit: 200 });
      if (page.gap) options.onGap?.(page.gap);
      take(page.data);
      more = page.nextCursor !== null;
    }
    onStatus('polling');
  }

  /** What to do after a stream has ended or could not be opened. */
  async function recover() {
    failures += 1;
    if (failures < FAILURES_BEFORE_POLLING) {
      onStatus('connecting');
      return pause.sleep(backoff(failures, random));
    }
    await poll().catch((error) => (isFinal(error) ? stopped.abort() : onStatus('offline')));
    if (!stopped.signal.aborted) await pause.sleep(POLL_MS);
  }

  async function run() {
    onStatus('connecting');
    while (!stopped.signal.aborted) {
      await stream();
      if (!stopped.signal.aborted) await recover();
    }
  }

  return {
    start: () => void run(),
    /** Ends it for good. */
    stop() {
      stopped.abort();
      pause.wake();
    },
    /** Tries again now, as when the network is back. */
    retry: pause.wake,
  };
}

// The live stream: reads frames by fetch, resumes after the last event, and asks in pages when streams fail. No DOM.
import { createPause } from './pause.js';

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
/** The daemon says something at once: a stream that is silent for so long when it is opened is not coming. */
const OPENING_MS = 10_000;
/** A browser has six connections to a host for all its tabs: a page that nobody has seen for so long leaves its own to others. */
const HIDDEN_MS = 30_000;

/**
 * @typedef {object} LiveOptions
 * @property {(options: {lastId: string|null, signal: AbortSignal}) => Promise<Response>} openStream
 * @property {(query: import('./types.js').Query, signal: AbortSignal) => Promise<import('./types.js').Page<WamuxEvent>>} listEvents
 * @property {(events: WamuxEvent[]) => void} onEvents
 * @property {(status: import('./types.js').LiveStatus) => void} onStatus
 * @property {() => void} onFresh what is known may be old: read it anew
 * @property {(gap: {after: string, removedUntil: string}) => void} [onGap] events were removed before they could be told
 * @property {(error: any) => boolean} isFinal whether trying again is of no use, as with a wrong key
 * @property {import('./pause.js').Timers} [timers]
 * @property {() => number} [random]
 */

/**
 * Reads one open stream until it ends.
 * @param {Response} response
 * @param {{onChunk: () => void, take: (events: WamuxEvent[]) => void, onGap: (gap: any) => void, onSilence: () => void, timers: any}} options
 */
async function readFrames(response, { onChunk, take, onGap, onSilence, timers }) {
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
    onChunk();
    parse(decoder.decode(value, { stream: true }));
    take(batch.splice(0));
  }
}

/** How far the events were told. @param {LiveOptions} options */
function createPlace({ listEvents, onEvents, onFresh, onGap }) {
  let lastId = /** @type {string|null} */ (null);

  /** @param {WamuxEvent[]} events */
  function take(events) {
    const fresh = events.filter((event) => !lastId || event.id > lastId);
    if (!fresh.length) return;
    lastId = fresh[fresh.length - 1].id;
    onEvents(fresh);
  }

  /** Finds where to go on from, before all is read: what happens from there on is told. @param {AbortSignal} signal */
  async function begin(signal) {
    const { data } = await listEvents({ order: 'desc', limit: 1 }, signal);
    lastId = data[0]?.id ?? null;
    onFresh();
  }

  return {
    lastId: () => lastId,
    take,
    begin,
    /** Events were removed before they could be told. @param {{after: string, removedUntil: string}} gap */
    gap(gap) {
      onFresh();
      onGap?.(gap);
    },
    /** Asks in pages for what has happened since; without a place to go on from, all is read anew. @param {AbortSignal} signal */
    async catchUp(signal) {
      if (lastId) onFresh();
      else await begin(signal);
      for (let more = Boolean(lastId); more; ) {
        const page = await listEvents({ after: lastId, limit: 200 }, signal);
        if (page.gap) onGap?.(page.gap);
        take(page.data);
        more = page.nextCursor !== null;
      }
    },
  };
}

/** One connection after the other. @param {import('./pause.js').Timers} timers */
function createConnection(timers) {
  let current = new AbortController();
  let isCut = false;
  return {
    /** Whether the last one was ended by intention. */
    isCut: () => isCut,
    cut() {
      isCut = true;
      current.abort();
    },
    /** Asks, and ends what has not begun to answer in time. @param {(own: AbortController, begun: () => void) => Promise<void>} work */
    async ask(work) {
      const own = new AbortController();
      current = own;
      isCut = false;
      const timer = timers.setTimeout(() => own.abort(), OPENING_MS);
      const begun = () => timers.clearTimeout(timer);
      await work(own, begun).finally(begun);
    },
  };
}

/** Tells when a page was hidden for long, and when it is seen again. @param {import('./pause.js').Timers} timers @param {(resting: boolean) => void} onChange */
function createRest(timers, onChange) {
  let leaving = /** @type {any} */ (undefined);
  let resting = false;
  /** @param {boolean} to */
  function change(to) {
    if (to === resting) return;
    resting = to;
    onChange(to);
  }
  const stay = () => timers.clearTimeout(leaving);
  return {
    isResting: () => resting,
    stay,
    /** Whether somebody can see the page. @param {boolean} visible */
    seen(visible) {
      stay();
      if (visible) change(false);
      else leaving = timers.setTimeout(() => change(true), HIDDEN_MS);
    },
  };
}

/** Follows what happens until `stop()`. @param {LiveOptions} options */
export function createLive(options) {
  const { onStatus, onFresh, isFinal, timers = globalThis, random = Math.random } = options;
  const pause = createPause(timers);
  const place = createPlace(options);
  const connection = createConnection(timers);
  let failures = 0;
  let stopped = false;

  /** Ends what is under way, for what comes next. */
  function cut() {
    connection.cut();
    pause.wake();
  }
  const rest = createRest(timers, (resting) => {
    if (resting) return cut();
    failures = 0;
    onStatus('connecting');
    pause.wake();
  });

  /** Opens a stream and reads it to its end. */
  async function stream() {
    try {
      await connection.ask(async (own, begun) => {
        if (!place.lastId()) await place.begin(own.signal);
        const response = await options.openStream({ lastId: place.lastId(), signal: own.signal });
        const onChunk = () => {
          begun();
          failures = 0;
          onStatus('live');
        };
        const { take, gap } = place;
        await readFrames(response, { onChunk, take, onGap: gap, onSilence: () => own.abort(), timers });
      });
    } catch (error) {
      if (isFinal(error)) stopped = true;
      // Nothing was read yet: what can be is shown all the same.
      else if (!place.lastId() && !connection.isCut()) onFresh();
    }
  }

  /** What to do after a stream has ended or could not be opened. */
  async function recover() {
    failures += 1;
    if (failures < FAILURES_BEFORE_POLLING) {
      onStatus('connecting');
      return pause.sleep(backoff(failures, random));
    }
    try {
      await connection.ask(({ signal }) => place.catchUp(signal));
      onStatus('polling');
    } catch (error) {
      if (isFinal(error)) stopped = true;
      else if (!connection.isCut()) onStatus('offline');
    }
    if (!stopped && !connection.isCut()) await pause.sleep(POLL_MS);
  }

  async function run() {
    onStatus('connecting');
    while (!stopped) {
      if (rest.isResting()) await pause.sleep();
      else await stream();
      if (!stopped && !connection.isCut()) await recover();
    }
  }

  return {
    start: () => void run(),
    /** Ends it for good. */
    stop() {
      stopped = true;
      rest.stay();
      cut();
    },
    /** Tries again now, as when the network is back: a connection from before may be dead. */
    retry: cut,
    seen: rest.seen,
  };
}

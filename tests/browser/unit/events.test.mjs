// The live stream: frames, resuming, falling back to pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, createFrameParser, createLive } from '../../../assets/js/events.js';

/** @param {string[]} chunks */
function frames(...chunks) {
  /** @type {any[]} */
  const found = [];
  const parse = createFrameParser((frame) => found.push(frame));
  chunks.forEach(parse);
  return found;
}
/** @returns {any} */
const event = (/** @type {number} */ n) => ({ id: `evt_${n}`, type: 'message.received', sessionId: 'a' });
const frame = (/** @type {number} */ n) => `id:evt_${n}\nevent:message.received\ndata:${JSON.stringify(event(n))}\n\n`;

test('a frame is whole wherever the stream is cut', () => {
  const text = ':hello\n\nevent:session.qr\nid: evt_1\ndata: {"a":1}\n\n:\n\ndata:x\r\ndata:y\r\n\r\n';
  const want = [
    { event: 'session.qr', id: 'evt_1', data: '{"a":1}' },
    { event: 'message', id: null, data: 'x\ny' },
  ];
  for (let cut = 0; cut <= text.length; cut++)
    assert.deepEqual(frames(text.slice(0, cut), text.slice(cut)), want, `cut at ${cut}`);
  assert.deepEqual(frames(...text), want);
});

test('a frame without its end is not told', () => assert.deepEqual(frames('id:evt_1\ndata:x\n'), []));

test('pauses double, with jitter, up to fifteen seconds', () => {
  assert.equal(
    backoff(1, () => 1),
    1000,
  );
  assert.equal(
    backoff(1, () => 0),
    500,
  );
  assert.equal(
    backoff(30, () => 1),
    15_000,
  );
});

/** A stream made of these texts. @param {string[]} texts */
const streamOf = (...texts) => new Response(texts.join(''));
/** Lets what has begun go on as far as it can without a clock. */
async function idle() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done));
}

/** A clock that is moved by hand. */
function createClock() {
  const waiting = /** @type {Map<number, {at: number, call: () => void}>} */ (new Map());
  let now = 0;
  let count = 0;
  /** @type {any} */
  const timers = {
    setTimeout: (/** @type {() => void} */ call, /** @type {number} */ ms) => {
      count += 1;
      waiting.set(count, { at: now + ms, call });
      return count;
    },
    clearTimeout: (/** @type {number} */ id) => waiting.delete(id),
  };
  return {
    timers,
    /** @param {number} ms */
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        await idle();
        const [next] = [...waiting].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
        if (!next) break;
        waiting.delete(next[0]);
        now = next[1].at;
        next[1].call();
      }
      now = end;
    },
  };
}

/**
 * A live stream whose connections are given by `open`, with what was seen of it.
 * @param {(asked: {lastId: string|null, signal: AbortSignal}) => Response|Promise<Response>} open @param {any} [pages]
 */
function createFollowed(open, pages = () => ({ data: [], nextCursor: null })) {
  const clock = createClock();
  const seen = {
    ids: /** @type {string[]} */ ([]),
    asked: /** @type {any[]} */ ([]),
    statuses: /** @type {string[]} */ ([]),
    fresh: 0,
  };
  const live = createLive({
    async openStream(asked) {
      seen.asked.push(asked.lastId);
      return open(asked);
    },
    listEvents: async (query, signal) => pages(query, signal),
    onEvents: (events) => seen.ids.push(...events.map(({ id }) => id)),
    onStatus: (status) => seen.statuses.push(status),
    onFresh: () => seen.fresh++,
    isFinal: (error) => error.status === 401,
    timers: clock.timers,
    random: () => 0,
  });
  return { clock, seen, live };
}

/** Never answers, until it is ended. @param {{signal: AbortSignal}} asked @returns {Promise<Response>} */
const never = ({ signal }) =>
  new Promise((_, fail) => signal.addEventListener('abort', () => fail(new Error('aborted'))));

/** Says this and stays open, until it is ended. @param {string} text @param {AbortSignal} signal */
const openStream = (text, signal) =>
  new Response(
    new ReadableStream({
      start(controller) {
        if (text) controller.enqueue(new TextEncoder().encode(text));
        signal.addEventListener('abort', () => controller.error(new Error('aborted')));
      },
    }),
  );

/** Follows streams until `steps` are used up, and tells what was seen. @param {((lastId: string|null) => Response | Error)[]} steps @param {any} [pages] */
async function follow(steps, pages) {
  const left = [...steps];
  const { clock, seen, live } = createFollowed(({ lastId }) => {
    const step = left.shift();
    if (!step) {
      live.stop();
      throw new Error('the end');
    }
    const answer = step(lastId);
    if (answer instanceof Error) throw answer;
    return answer;
  }, pages);
  live.start();
  while (seen.asked.length <= steps.length) await clock.pass(1_000);
  seen.asked.pop();
  return seen;
}

test('a stream that ends is resumed after its last event, and what comes twice is told once', async () => {
  const seen = await follow([() => streamOf(frame(1), frame(2)), () => streamOf(frame(2), frame(3))]);
  assert.deepEqual(seen.asked, [null, 'evt_2']);
  assert.deepEqual(seen.ids, ['evt_1', 'evt_2', 'evt_3']);
});

test('all is read anew with the first stream and after a gap', async () => {
  const seen = await follow([
    () => streamOf(frame(1)),
    () => streamOf('event:gap\ndata:{"type":"stream.gap"}\n\n', frame(2)),
  ]);
  assert.equal(seen.fresh, 2);
  assert.deepEqual(seen.ids, ['evt_1', 'evt_2']);
});

test('after three failures the events come in pages', async () => {
  const down = () => new Error('down');
  const seen = await follow([() => streamOf(frame(1)), down, down, down], (/** @type {any} */ query) => ({
    data: query.after === 'evt_1' ? [event(2)] : [],
    nextCursor: null,
  }));
  assert.deepEqual(seen.ids, ['evt_1', 'evt_2']);
  assert.ok(seen.statuses.includes('polling'));
});

test('when pages fail too it is offline', async () => {
  const down = () => new Error('down');
  const seen = await follow([() => streamOf(frame(1)), down, down, down], (/** @type {any} */ query) =>
    query.after ? Promise.reject(new Error('down')) : { data: [], nextCursor: null },
  );
  assert.equal(seen.statuses.filter((/** @type {string} */ status) => status === 'offline').length > 0, true);
});

test('a wrong key ends it', async () => {
  const { clock, seen, live } = createFollowed(() => Promise.reject(Object.assign(new Error(), { status: 401 })));
  live.start();
  await clock.pass(60_000);
  assert.equal(seen.asked.length, 1);
});

test('what happens while a stream is away that had told nothing yet is told by the next one', async () => {
  const before = () => ({ data: [event(7)], nextCursor: null });
  const seen = await follow([() => streamOf(':\n\n'), () => streamOf(frame(8))], before);
  assert.deepEqual(seen.asked, ['evt_7', 'evt_7']);
  assert.deepEqual(seen.ids, ['evt_8']);
});

test('where to go on from is known before anything is read', async () => {
  const order = /** @type {string[]} */ ([]);
  const live = createLive({
    openStream: never,
    async listEvents() {
      order.push('place');
      return { data: [event(1)], nextCursor: null };
    },
    onEvents() {},
    onStatus() {},
    onFresh: () => order.push('all'),
    isFinal: () => false,
    timers: createClock().timers,
  });
  live.start();
  await idle();
  live.stop();
  assert.deepEqual(order, ['place', 'all']);
});

test('a stream that never opens leaves no page empty, and another one is tried', async () => {
  const { clock, seen, live } = createFollowed(never);
  live.start();
  await clock.pass(9_000);
  assert.equal(seen.fresh, 1);
  assert.deepEqual([seen.asked.length, seen.statuses], [1, ['connecting']]);
  await clock.pass(3_000);
  assert.equal(seen.asked.length, 2);
  live.stop();
});

test('where not even the newest event is told, all else is read', async () => {
  const { clock, seen, live } = createFollowed(never, (/** @type {any} */ _query, /** @type {AbortSignal} */ signal) =>
    never({ signal }),
  );
  live.start();
  await clock.pass(11_000);
  assert.ok(seen.fresh > 0);
  assert.deepEqual(seen.asked, []);
  live.stop();
});

test('it is live when the stream has said something, not before', async () => {
  const { clock, seen, live } = createFollowed(({ signal }) => openStream('', signal));
  live.start();
  await clock.pass(1_000);
  assert.deepEqual(seen.statuses, ['connecting']);
  live.stop();
  const other = createFollowed(({ signal }) => openStream(':\n\n', signal));
  other.live.start();
  await other.clock.pass(1_000);
  assert.deepEqual(other.seen.statuses, ['connecting', 'live']);
  other.live.stop();
});

test('trying again leaves the connection from before', async () => {
  const signals = /** @type {AbortSignal[]} */ ([]);
  const { clock, seen, live } = createFollowed(({ signal }) => {
    signals.push(signal);
    return openStream(frame(1), signal);
  });
  live.start();
  await clock.pass(1_000);
  live.retry();
  await clock.pass(0);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
  assert.deepEqual(seen.asked, [null, 'evt_1']);
  live.stop();
});

test('a page that nobody sees leaves its connection to other tabs, and misses nothing', async () => {
  let open = 0;
  const { clock, seen, live } = createFollowed(({ lastId, signal }) => {
    open += 1;
    signal.addEventListener('abort', () => {
      open -= 1;
    });
    return openStream(lastId ? frame(2) : frame(1), signal);
  });
  live.start();
  await clock.pass(1_000);
  live.seen(false);
  await clock.pass(29_000);
  assert.equal(open, 1);
  await clock.pass(2_000);
  assert.equal(open, 0);
  await clock.pass(3_600_000);
  assert.equal(open, 0);
  live.seen(true);
  await clock.pass(0);
  assert.equal(open, 1);
  assert.deepEqual(seen.asked, [null, 'evt_1']);
  assert.deepEqual(seen.ids, ['evt_1', 'evt_2']);
  live.stop();
});

test('a page that is looked at again soon keeps its connection', async () => {
  const { clock, seen, live } = createFollowed(({ signal }) => openStream(':\n\n'.repeat(2), signal));
  live.start();
  live.seen(false);
  await clock.pass(20_000);
  live.seen(true);
  await clock.pass(20_000);
  assert.equal(seen.asked.length, 1);
  live.stop();
});

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
/** Waits pass at once. @type {any} */
const timers = {
  setTimeout: (/** @type {() => void} */ call, /** @type {number} */ ms) => (ms < 20_000 ? setTimeout(call, 0) : 0),
  clearTimeout,
};

/** Follows streams until `steps` are used up, and tells what was seen. @param {((lastId: string|null) => Response | Error)[]} steps @param {any} [pages] */
function follow(steps, pages = () => ({ data: [], nextCursor: null })) {
  return new Promise((/** @type {(seen: any) => void} */ done) => {
    const seen = {
      ids: /** @type {string[]} */ ([]),
      asked: /** @type {any[]} */ ([]),
      statuses: /** @type {string[]} */ ([]),
      fresh: 0,
    };
    const live = createLive({
      async openStream({ lastId }) {
        const step = steps.shift();
        if (!step) {
          live.stop();
          done(seen);
          throw new Error('the end');
        }
        seen.asked.push(lastId);
        const answer = step(lastId);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      listEvents: async (query) => pages(query),
      onEvents: (events) => seen.ids.push(...events.map(({ id }) => id)),
      onStatus: (status) => seen.statuses.push(status),
      onFresh: () => seen.fresh++,
      isFinal: (error) => error.status === 401,
      timers,
      random: () => 0,
    });
    live.start();
  });
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
  const seen = await follow([() => streamOf(frame(1)), down, down, down], () => Promise.reject(new Error('down')));
  assert.equal(seen.statuses.filter((/** @type {string} */ status) => status === 'offline').length > 0, true);
});

test('a wrong key ends it', async () => {
  let tries = 0;
  await new Promise((/** @type {(value?: any) => void} */ done) => {
    const live = createLive({
      openStream: async () => {
        tries++;
        throw Object.assign(new Error(), { status: 401 });
      },
      listEvents: async () => ({ data: [], nextCursor: null }),
      onEvents() {},
      onStatus() {},
      onFresh() {},
      isFinal(error) {
        setTimeout(done, 20);
        return error.status === 401;
      },
      timers,
      random: () => 0,
    });
    live.start();
  });
  assert.equal(tries, 1);
});

// The page behind a pairing link, as far as it needs no browser: colours, answers that are carried in addresses, how far linking is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { createTransport, linkingCalls } from '../../../assets/js/api.js';
import { handOver, takeOver } from '../../../assets/js/handover.js';
import { contrast, palette } from '../../../assets/js/link/brand.js';
import { createFollower } from '../../../assets/js/link/follow.js';
import { newState, pack, readCredential, returned, signingAddress, unpack } from '../../../assets/js/passkey.js';
import { snippet } from '../../../assets/js/snippet.js';
import { stageOf } from '../../../assets/js/store/linking.js';

const credential = { rawId: 'AQI', response: { signature: 'MEU', authenticatorData: 'AAA' } };
const rgb = (/** @type {string} */ text) => /** @type {[number, number, number]} */ (text.match(/\d+/g)?.map(Number));

test('whatever colour a brand has, what is written in it or on it can be read', () => {
  for (const color of ['#fff', '#000000', '#ffee00', '#25D366', '#e00', '#7f7f7f', '#123456'])
    for (const theme of /** @type {const} */ (['light', 'dark'])) {
      const made = palette(color, theme);
      assert.ok(contrast(rgb(made['--accent']), rgb(made['--accent-ink'])) >= 4.5, `${color} ${theme} ink`);
      assert.ok(contrast(rgb(made['--accent-text']), rgb(made['--accent-soft'])) >= 4.5, `${color} ${theme} text`);
    }
});

test('what is no colour changes nothing', () => {
  for (const color of [null, '', 'red;}', '#12', 'url(x)']) assert.deepEqual(palette(color, 'light'), {});
});

test('an answer is read from an address and from what somebody pasted, and nothing else is one', () => {
  const texts = [
    `#passkey=${pack(credential)}`,
    pack(credential),
    JSON.stringify(credential),
    ` "${pack(credential)}"\n`,
  ];
  for (const text of texts) assert.deepEqual(readCredential(text), credential, text);
  for (const text of ['', 'hello', '{}', '{', pack({ rawId: 'x' }), '#passkey=%%%'])
    assert.equal(readCredential(text), null);
  assert.equal(returned('#/sessions'), null);
  assert.deepEqual(returned(`#passkey=${pack(credential)}&state=ab12`), { credential, state: 'ab12' });
});

test('the extension is told what to sign, and where to go back to', () => {
  const address = signingAddress({ options: { challenge: 'x' }, origin: 'https://a.example', state: 'ab12' });
  const [page, fragment] = address.split('#wamux=');
  assert.equal(page, 'https://web.whatsapp.com/');
  assert.deepEqual(unpack(fragment), {
    v: 1,
    options: { challenge: 'x' },
    back: 'https://a.example/link/return',
    state: 'ab12',
  });
});

/** Two tabs of one browser. */
function tabs() {
  const open = /** @type {any[]} */ ([]);
  return () => {
    const made = {
      onmessage: /** @type {any} */ (null),
      postMessage: (/** @type {any} */ data) => {
        for (const other of open) if (other !== made) queueMicrotask(() => other.onmessage?.({ data }));
      },
      close: () => open.splice(open.indexOf(made), 1),
    };
    open.push(made);
    return made;
  };
}

test('an answer is taken by the tab that waits for it, and by no other', async () => {
  const channel = tabs();
  const taken = /** @type {any[]} */ ([]);
  for (const state of ['mine', 'other'])
    takeOver({ channel: channel(), state, onCredential: (answer) => taken.push([state, answer]) });
  assert.equal(await handOver({ channel: channel(), answer: { state: 'mine', credential }, ms: 60_000 }), true);
  assert.deepEqual(taken, [['mine', credential]]);
});

test('nobody takes an answer whose tab is gone, and that is told', async () => {
  const timers = { setTimeout: (/** @type {any} */ run) => queueMicrotask(run), clearTimeout: () => {} };
  const lost = handOver({
    channel: tabs()(),
    answer: { state: 'x', credential },
    ms: 1,
    timers: /** @type {any} */ (timers),
  });
  assert.equal(await lost, false);
});

test('a tab has a name that nobody guesses', () => {
  const names = [1, 2].map(() => newState((bytes) => crypto.getRandomValues(bytes)));
  assert.match(names[0], /^[0-9a-f]{32}$/);
  assert.notEqual(names[0], names[1]);
});

test('the text for the console is a program that is complete', () => {
  const words = { ask: 'a', sign: '</script>', done: '"', failed: "'", bad: '`' };
  assert.doesNotThrow(() => new Function(snippet({ challenge: 'x' }, words)));
});

/** Pastes the text for the console into a page, and presses its button. @param {any} options */
async function paste(options) {
  const words = { ask: 'ask', sign: 'sign', done: 'done', failed: 'failed', bad: 'bad' };
  const made = /** @type {any[]} */ ([]);
  const asked = /** @type {any[]} */ ([]);
  const element = (/** @type {string} */ name) => {
    const one = { name, append() {}, showModal() {}, remove() {}, replaceWith() {}, select() {} };
    made.push(one);
    return one;
  };
  const raw = Uint8Array.of(1, 2).buffer;
  const response = { clientDataJSON: raw, authenticatorData: raw, signature: raw, userHandle: null, more: 'x' };
  const get = async (/** @type {any} */ wish) => {
    asked.push(wish);
    return { id: 'AQI', rawId: raw, response, getClientExtensionResults: () => ({ prf: {} }) };
  };
  const page = { document: { body: { append() {} }, createElement: element }, navigator: { credentials: { get } } };
  runInNewContext(snippet(options, words), { ...page, atob, btoa, Uint8Array });
  const find = (/** @type {string} */ name) => made.find((one) => one.name === name);
  await find('button').onclick();
  return { asked, said: find('p').textContent, answer: find('textarea')?.value };
}

test('the text for the console asks a passkey of WhatsApp for a signature, and for nothing else', async () => {
  const options = { challenge: 'YWJj', rpId: 'web.whatsapp.com', allowCredentials: [{ id: 'AQI' }], timeout: 9 };
  const { asked, answer } = await paste({ ...options, extensions: { prf: {} }, mediation: 'silent', hints: ['x'] });
  assert.deepEqual(Object.keys(asked[0]), ['publicKey']);
  assert.deepEqual(Object.keys(asked[0].publicKey).sort(), [
    'allowCredentials',
    'challenge',
    'rpId',
    'timeout',
    'userVerification',
  ]);
  assert.deepEqual(Object.keys(JSON.parse(answer)), ['id', 'rawId', 'type', 'response']);
  assert.equal(JSON.parse(answer).response.more, undefined);
  const other = await paste({ ...options, rpId: 'shop.example' });
  assert.deepEqual([other.asked, other.said, other.answer], [[], 'bad', undefined]);
});

const at = '2026-01-01T00:00:00Z';
/** @param {any} changes */
const session = (changes) => ({ state: 'linking', phone: null, linking: null, linkFailure: null, ...changes });

test('each step of linking has its stage', () => {
  const step = (/** @type {string} */ name, more = {}) => session({ linking: { step: name, ...more } });
  assert.equal(stageOf(step('qr'), true), 'open');
  assert.equal(stageOf(step('passkeyRequired'), true), 'passkey');
  assert.equal(stageOf(step('passkeyConfirmation', { needsCode: true }), true), 'compare');
  assert.equal(stageOf(step('passkeyConfirmation', { needsCode: false }), true), 'checking');
  assert.equal(stageOf(step('scanned'), true), 'syncing');
  assert.equal(stageOf(session({ state: 'connected' }), true), 'done');
});

test('a failure ends it once: not when it was there before', () => {
  const failed = (/** @type {string} */ code) => session({ linkFailure: { code, detail: '', at } });
  assert.equal(stageOf(failed('passkey_timeout'), true), 'failed');
  assert.equal(stageOf(failed('qr_expired'), true), 'expired');
  assert.equal(stageOf(failed('qr_expired'), false, at), 'waiting');
});

test('a look at once does not forget what was seen: a link that was used tells only those who have seen it', async () => {
  const asked = /** @type {any[]} */ ([]);
  const follower = createFollower({
    read: async (after, wait) => {
      asked.push([after, wait]);
      if (asked.length === 3) throw Object.assign(new Error('gone'), { status: 404 });
      return /** @type {any} */ ({ version: 4 });
    },
    onView: () => asked.length === 1 && follower.refresh(),
    onGone: () => {},
    onOnline: () => {},
  });
  await follower.run();
  assert.deepEqual(asked, [
    [undefined, 0],
    [4, 0],
    [4, 25],
  ]);
});

test('a link is asked for what changed since, and no more when it is gone', async () => {
  const asked = /** @type {any[]} */ ([]);
  const answers = [{ version: 4 }, { version: 5 }];
  const seen = /** @type {any[]} */ ([]);
  let gone = false;
  const follower = createFollower({
    read: async (after, wait) => {
      asked.push([after, wait]);
      const answer = answers.shift();
      if (!answer) throw Object.assign(new Error('gone'), { status: 404 });
      return /** @type {any} */ (answer);
    },
    onView: (view) => seen.push(view.version),
    onGone: () => {
      gone = true;
    },
    onOnline: () => {},
  });
  await follower.run();
  assert.deepEqual(asked, [
    [undefined, 0],
    [4, 25],
    [5, 25],
  ]);
  assert.deepEqual([seen, gone], [[4, 5], true]);
});

test('a page that waits in too many tabs says so until it is let wait again', async () => {
  const told = /** @type {any[]} */ ([]);
  const answers = [{ version: 4 }, { status: 429, retryAfter: 0.001 }, { version: 5 }, { status: 404 }];
  const follower = createFollower({
    read: async () => {
      const answer = /** @type {any} */ (answers.shift());
      if (answer.status) throw answer;
      return answer;
    },
    onView: () => {},
    onGone: () => {},
    onOnline: (online) => told.push({ online }),
    onBusy: (busy) => told.push({ busy }),
  });
  await follower.run();
  assert.deepEqual(told, [{ busy: true }, { busy: false }]);
});

test('where the daemon allows no such long wait for a code, it is asked for without one', async () => {
  const asked = /** @type {string[]} */ ([]);
  /** @type {any} */
  const fetch = async (/** @type {string} */ path) => {
    asked.push(path);
    const bad = { code: 'invalid_query', parameter: 'wait' };
    return path.includes('wait') ? Response.json(bad, { status: 400 }) : Response.json({ qr: 'x' });
  };
  const calls = linkingCalls(createTransport({ fetch }), (id, more) => `/${id}${more}`);
  assert.deepEqual(await calls.getQr('a', 30), { qr: 'x' });
  await calls.getQrSvg('a', 30);
  assert.deepEqual(asked, ['/a/qr?wait=30', '/a/qr', '/a/qr?wait=30', '/a/qr']);
});

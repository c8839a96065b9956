// What actions do when the API refuses, is slow, or answers something else than before.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createApi } from '../../../assets/js/api.js';
import { createWorld, idle, ME, refusal } from './world.mjs';

// Toasts go by themselves after a while: no test waits for that.
mock.timers.enable({ apis: ['setTimeout'] });

const message = (/** @type {string} */ id) => ({ id, sessionId: 's', chatId: 'c', state: null, text: id });

test('older messages that could not be read are asked for again by hand alone', async () => {
  let asked = 0;
  let down = true;
  const { store, actions } = createWorld({
    async listMessages(/** @type {string} */ _id, /** @type {any} */ { cursor }) {
      if (!cursor) return { data: [message('b')], nextCursor: 'older' };
      asked += 1;
      if (down) throw refusal('internal');
      return { data: [message('a')], nextCursor: null };
    },
  });
  const thread = () => store.state.messages.thread;
  await actions.messages.openThread('s', 'c');
  await actions.messages.older();
  await actions.messages.older();
  assert.equal(asked, 1);
  assert.equal(thread().stuck.code, 'internal');
  assert.deepEqual([thread().status, thread().busy, thread().list.length], ['ready', false, 1]);
  down = false;
  await actions.messages.olderAgain();
  assert.deepEqual(
    thread().list.map(({ id }) => id),
    ['a', 'b'],
  );
  assert.equal(thread().stuck, null);
});

test('more chats that could not be read are told', async () => {
  const { store, actions } = createWorld({
    async listChats(/** @type {string} */ _id, /** @type {any} */ { cursor }) {
      if (cursor) throw refusal('internal');
      return { data: [], nextCursor: 'more' };
    },
  });
  await actions.messages.openChats('s');
  await actions.messages.moreChats();
  assert.equal(store.state.shell.toasts.length, 1);
});

test('the webhooks of one session are those that its page leads to', async () => {
  const asked = /** @type {any[]} */ ([]);
  const { store, actions } = createWorld({
    async listWebhooks(/** @type {any} */ { sessionId }) {
      asked.push(sessionId);
      return { data: [{ id: sessionId || 'all', health: {} }], nextCursor: null };
    },
  });
  const go = (/** @type {any} */ query) =>
    store.dispatch({ type: 'navigated', route: { name: 'webhooks', params: {}, query } });
  go({ session: 'a' });
  const leave = actions.webhooks.openList();
  await idle();
  go({});
  await idle();
  leave();
  assert.deepEqual(asked, ['a', '']);
  assert.equal(store.state.webhooks.list[0].id, 'all');
});

/** An answer that comes when the test says so. */
function later() {
  let done = (/** @type {any} */ _value) => {};
  let fail = (/** @type {any} */ _error) => {};
  const promise = new Promise((resolve, reject) => {
    done = resolve;
    fail = reject;
  });
  return { promise, done, fail };
}

/** A world whose API is asked over the wire. @param {(path: string, key: string) => Promise<Response>|Response} answer */
function createWired(answer) {
  const { device, ...world } = createWorld({}, {}, (device) =>
    createApi({
      key: device.key,
      fetch: async (path, init) => answer(String(path).split('?')[0], /** @type {any} */ (init).headers['X-Api-Key']),
    }),
  );
  device.setKey('old', false);
  return { device, ...world };
}
const body = (/** @type {any} */ data, status = 200) => new Response(JSON.stringify(data), { status });
const list = (/** @type {any[]} */ ...data) => body({ data, nextCursor: null });

test('a refusal of an old key that comes late does not sign the new one out', async () => {
  const slow = later();
  const { store, device, actions } = createWired((path, key) =>
    path !== '/api/me' ? (path === '/api/clients' ? list() : slow.promise) : body(key === 'new' ? ME : {}, 200),
  );
  store.dispatch({ type: 'signedIn', me: ME, kept: false });
  const asked = actions.webhooks.load();
  await actions.changeKey('new');
  slow.done(body({ code: 'unauthorized' }, 401));
  await asked;
  assert.equal(device.key(), 'new');
  assert.equal(store.state.shell.phase, 'signedIn');
  assert.equal(store.state.webhooks.status, 'idle');
});

test('what was asked for with an old key is not shown to the new one', async () => {
  const slow = later();
  const { store, actions } = createWired((path, key) => {
    if (path === '/api/me') return body(ME);
    if (path !== '/api/sessions') return list();
    return key === 'old' ? slow.promise : list({ id: 'mine', since: '' });
  });
  store.dispatch({ type: 'signedIn', me: ME, kept: false });
  const before = actions.sessions.load();
  await actions.changeKey('new');
  const after = actions.sessions.load();
  slow.done(list({ id: 'not-mine', since: '' }));
  await Promise.all([before, after]);
  assert.deepEqual([...store.state.sessions.byId.keys()], ['mine']);
});

test('another key forgets what was read with the one before', async () => {
  const { store, actions, calls } = createWorld({});
  store.dispatch({ type: 'sessionsLoaded', sessions: [{ id: 'a', since: '' }] });
  assert.equal(await actions.changeKey('new'), true);
  assert.equal(store.state.sessions.byId.size, 0);
  assert.equal(store.state.shell.phase, 'signedIn');
  assert.deepEqual(calls, ['unfollow', 'follow']);
});

test('the key in use stays, and is the only one in use, until another one is known to be right', async () => {
  const keys = /** @type {string[]} */ ([]);
  const asked = later();
  const { device, actions } = createWired((_path, key) => {
    keys.push(key);
    return asked.promise;
  });
  const change = actions.changeKey('new');
  assert.equal(device.key(), 'old');
  asked.done(body({ code: 'unauthorized' }, 401));
  assert.equal(await change, false);
  assert.deepEqual([device.key(), keys], ['old', ['new']]);
});

test('"Try again" signs in with the key that was typed in before there was an answer', async () => {
  let down = true;
  const { store, device, actions } = createWorld({
    async me() {
      if (down) throw refusal('network', 0);
      return ME;
    },
  });
  await actions.signIn(' typed ', true);
  assert.equal(store.state.shell.signInError.code, 'network');
  assert.equal(device.key(), null);
  down = false;
  await actions.retry();
  assert.deepEqual([store.state.shell.phase, device.key(), device.isKept()], ['signedIn', 'typed', true]);
});

test('where it could not be asked what went wrong, the overview does not say that all is well', async () => {
  const { store, actions } = createWorld({ listEvents: () => Promise.reject(refusal('internal')) });
  await actions.stats.loadProblems();
  assert.deepEqual([store.state.stats.problems, store.state.stats.problemsError.code], [null, 'internal']);
});

test('a language that could not be loaded is told, and the one that is spoken stays', async () => {
  const { store, device, actions } = createWorld({}, { useLanguage: () => Promise.reject(new TypeError('offline')) });
  await actions.chooseLanguage('pt');
  assert.equal(store.state.shell.toasts.length, 1);
  assert.deepEqual([store.state.shell.language, device.get('language')], ['en', null]);
});

test('a session whose making is still under way is asked for again under the same key, and so is one without an answer', async () => {
  const keys = /** @type {string[]} */ ([]);
  const answers = ['network', 'idempotency_in_flight', ''];
  const { store, actions } = createWorld({
    async createSession(/** @type {any} */ _body, /** @type {string} */ key) {
      keys.push(key);
      const code = answers.shift();
      if (code) throw refusal(code, code === 'network' ? 0 : 409);
      return { id: 'a', since: '' };
    },
    getQr: () => new Promise(() => {}),
  });
  const entered = { clientId: 'acme', sessionId: 'a', name: '' };
  await actions.sessions.create(entered);
  assert.equal(store.state.sessions.page.createError.code, 'network');
  const again = actions.sessions.create(entered);
  await idle();
  mock.timers.tick(500);
  await idle();
  assert.equal(new Set(keys).size, 1);
  assert.equal(keys.length, 3);
  assert.ok(store.state.sessions.byId.has('a'));
  mock.timers.tick(60_000);
  await Promise.race([again, idle()]);
});

test('a webhook is made once, however often its form is sent', async () => {
  const keys = /** @type {string[]} */ ([]);
  const { actions } = createWorld({
    async createWebhook(/** @type {any} */ _body, /** @type {string} */ key) {
      keys.push(key);
      if (keys.length === 1) throw refusal('network', 0);
      return { id: 'w', health: {} };
    },
  });
  await actions.webhooks.save(null, { url: 'https://example.com' });
  await actions.webhooks.save(null, { url: 'https://example.com' });
  await actions.webhooks.save(null, { url: 'https://example.com' });
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[1], keys[2]);
});

test('a conversation that goes on and on stays small while the reader is at its end', async () => {
  let asked = 0;
  const named = (/** @type {number} */ number) => message(String(number).padStart(6, '0'));
  const { store, actions } = createWorld({
    async listMessages() {
      asked += 1;
      return { data: [named(1_200)], nextCursor: 'older' };
    },
  });
  const thread = () => store.state.messages.thread;
  await actions.messages.openThread('s', 'c');
  const many = Array.from({ length: 1_100 }, (_, number) => named(number));
  store.dispatch({ type: 'threadLoaded', list: many });
  actions.messages.readerMoved(true);
  actions.messages.onEvents([]);
  await idle();
  assert.deepEqual([thread().list.length, asked], [1_101, 1]);
  actions.messages.readerMoved(false);
  actions.messages.onEvents([]);
  await idle();
  assert.deepEqual([thread().list.length, thread().cursor], [1, 'older']);
});

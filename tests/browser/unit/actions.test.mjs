// What actions do when the API refuses, is slow, or answers something else than before.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createWorld, idle, refusal } from './world.mjs';

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

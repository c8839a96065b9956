// Messages: what is typed as a recipient, the same as a command, and what events make of chats and conversations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDelivery } from '../../../assets/js/actions/messages/delivery.js';
import { faults } from '../../../assets/js/actions/messages/send.js';
import { fold } from '../../../assets/js/find.js';
import { asCurl, byteLength, parseRecipient, recipientOf } from '../../../assets/js/outgoing.js';
import { sameChat, stepped } from '../../../assets/js/store/messages/step.js';
import { colourOf, initials } from '../../../assets/js/views/chats/names.js';
import { initialState, reduce } from './state.mjs';

const ANA = { chatId: '5511988880001@c.us', phone: '5511988880001', lid: '77' };
const GROUP = { chatId: '1203@g.us', phone: null, lid: null };

/** @param {string} id @param {any} [more] @returns {any} */
const message = (id, more = {}) => ({
  id,
  waId: `wa-${id}`,
  sessionId: 's',
  clientId: 'acme',
  ...ANA,
  sender: ANA,
  senderName: 'Ana',
  direction: 'in',
  type: 'text',
  text: id,
  state: null,
  states: {},
  failure: null,
  at: '2026-11-24T12:00:00Z',
  ...more,
});
const sent = (/** @type {string} */ id, more = {}) => message(id, { direction: 'out', state: 'queued', ...more });
/** @param {string} type @param {any} data @returns {any} */
const event = (type, data) => ({ id: 'evt', type, seq: 1, at: 't1', sessionId: 's', clientId: 'acme', data });
const state = (/** @type {string} */ messageId, /** @type {string} */ name, more = {}) =>
  event('message.state', { messageId, ...ANA, state: name, at: 't1', recipient: null, failure: null, ...more });
const after = (/** @type {any} */ start, /** @type {any[]} */ ...events) => reduce(start, { type: 'events', events });

/** The conversation with Ana, open and read. @param {any[]} list */
function open(...list) {
  let now = reduce(initialState, { type: 'threadAsked', sessionId: 's', chatId: ANA.chatId });
  now = reduce(now, { type: 'threadLoaded', list, cursor: null });
  now = reduce(now, { type: 'chatsAsked', sessionId: 's', q: '' });
  now = reduce(now, { type: 'chatOpened', chatId: ANA.chatId });
  return reduce(now, { type: 'chatsLoaded', list: [], cursor: null, how: 'replace' });
}

test('a recipient is known while it is typed', () => {
  const kinds = {
    '': 'empty',
    '+55 11': 'short',
    '+55 (11) 98888-0001': 'phone',
    5511988880001: 'phone',
    '5511988880001@c.us': 'phone',
    '5511988880001@s.whatsapp.net': 'phone',
    '5511988880001@': 'short',
    '5511988880001@li': 'short',
    '77@lid': 'lid',
    '1203-44@g.us': 'group',
    '0119': 'invalid',
    '+5511988880001234': 'invalid',
    ana: 'invalid',
    '5@example.com': 'invalid',
    '123@newsletter': 'unsupported',
    'status@broadcast': 'unsupported',
  };
  for (const [text, kind] of Object.entries(kinds)) assert.equal(parseRecipient(text).kind, kind, text);
  assert.equal(parseRecipient(' +55 (11) 98888-0001 ').to, '+5511988880001');
});

test('a chat is written to by number where there is one', () => {
  assert.equal(recipientOf(ANA), '+5511988880001');
  assert.equal(recipientOf(GROUP), '1203@g.us');
});

test('a command holds the text as it is, and never the key', () => {
  const text = `It's "so"\n$HOME`;
  const curl = asCurl('http://x', { sessionId: 's', to: '+1', text });
  assert.match(curl, /X-Api-Key: \$KEY/);
  const body = curl.slice(curl.indexOf("-d '") + 4, -1).replaceAll("'\\''", "'");
  assert.equal(JSON.parse(body).text, text);
});

test('a text is measured in bytes', () => assert.equal(byteLength('é👋'), 6));

test('a form says what is missing, field by field', () => {
  assert.deepEqual(faults({}), { session: 'needed', to: 'empty', text: 'empty' });
  assert.deepEqual(faults({ sessionId: 's', to: '+55119', text: 'x' }), { to: 'short' });
  assert.deepEqual(faults({ sessionId: 's', to: '+5511988880001', text: 'é'.repeat(32_769) }), { text: 'long' });
  assert.deepEqual(faults({ sessionId: 's', to: '+5511988880001', text: 'x' }), {});
});

test('a person is one chat by number and by LID, a group only by its id', () => {
  assert.ok(sameChat(ANA, { chatId: '77@lid' }));
  assert.ok(!sameChat(ANA, { chatId: '78@lid' }));
  assert.ok(!sameChat(GROUP, { chatId: '1204@g.us', phone: null, lid: null }));
});

test('receipts that overtake each other do not take a message back', () => {
  const read = stepped(sent('m'), state('m', 'read'));
  const late = stepped(read, state('m', 'delivered'));
  assert.equal(late.state, 'read');
  assert.deepEqual(Object.keys(late.states).sort(), ['delivered', 'read']);
  assert.equal(stepped(sent('m', { state: 'unknown' }), state('m', 'sent')).state, 'sent');
});

test('an edit changes the text, a revocation takes it', () => {
  const edited = stepped(message('m'), event('message.edited', { messageId: 'm', text: 'new', editedAt: 't1' }));
  assert.equal(edited.text, 'new');
  assert.equal(stepped(edited, event('message.revoked', { messageId: 'm', revokedAt: 't2' })).text, null);
});

test('what comes in stands at the end of its conversation and of no other', () => {
  const now = after(
    open(message('m1')),
    event('message.received', message('m2')),
    event('message.received', message('m3', GROUP)),
    event('message.received', message('m4', { ...ANA, chatId: '77@lid' })),
  );
  assert.deepEqual(
    now.messages.thread.list.map(({ id }) => id),
    ['m1', 'm2', 'm4'],
  );
});

test('what happens while a conversation is asked for is there with the answer', () => {
  let now = reduce(initialState, { type: 'threadAsked', sessionId: 's', chatId: ANA.chatId });
  now = after(now, event('message.received', message('m2')), state('m1', 'read'));
  now = reduce(now, { type: 'threadLoaded', list: [sent('m1')], cursor: null });
  assert.deepEqual(
    now.messages.thread.list.map((one) => [one.id, one.state]),
    [
      ['m1', 'read'],
      ['m2', null],
    ],
  );
});

test('what is told of a text before its own answer has come is not forgotten', () => {
  const attempt = {
    key: 'k',
    from: 'form',
    sessionId: 's',
    to: '+1',
    text: 'm1',
    at: 't0',
    phase: 'sending',
    error: null,
  };
  let now = reduce(initialState, { type: 'attemptBegun', attempt: { ...attempt, message: null } });
  now = after(now, state('m1', 'sent'), state('other', 'read'), state('m1', 'delivered'));
  now = reduce(now, { type: 'attemptAccepted', key: 'k', message: sent('m1') });
  assert.deepEqual(
    now.messages.attempts.map((/** @type {any} */ one) => [one.phase, one.message.state]),
    [['accepted', 'delivered']],
  );
});

test('a reader who has scrolled up is told how many came', () => {
  const away = reduce(open(message('m1')), { type: 'threadChanged', changes: { away: true } });
  const news = event('message.received', message('m2'));
  assert.equal(after(away, news, news).messages.thread.unseen, 1);
  assert.equal(after(open(message('m1')), news).messages.thread.unseen, 0);
});

test('a page that is read late does not undo what events told', () => {
  const read = after(open(sent('m1')), state('m1', 'read'));
  const now = reduce(read, { type: 'threadLoaded', list: [sent('m1'), message('m0')], cursor: null });
  assert.deepEqual(
    now.messages.thread.list.map((one) => [one.id, one.state]),
    [
      ['m0', null],
      ['m1', 'read'],
    ],
  );
});

test('a chat with news comes first; what is not open counts what was not seen', () => {
  const group = message('m2', { ...GROUP, senderName: 'Bo' });
  const now = after(open(), event('message.received', message('m1')), event('message.received', group));
  assert.deepEqual(
    now.messages.chats.list.map(({ chatId, name, unseen }) => [chatId, name, unseen]),
    [
      [GROUP.chatId, null, 1],
      [ANA.chatId, 'Ana', undefined],
    ],
  );
  const opened = reduce(now, { type: 'chatOpened', chatId: GROUP.chatId });
  assert.equal(opened.messages.chats.list[0].unseen, 0);
});

test('the last reaction of a person is shown, and none when it was taken back', () => {
  const react = (/** @type {string|null} */ emoji) =>
    event('message.reaction', { messageId: 'm1', ...ANA, sender: ANA, fromMe: false, emoji });
  const liked = after(open(message('m1')), react('👍'), react('❤️'));
  assert.deepEqual(liked.messages.thread.reactions.m1, { [ANA.chatId]: '❤️' });
  assert.deepEqual(after(liked, react(null)).messages.thread.reactions.m1, {});
});

/** @param {(key: string, text: string) => any} answer */
function delivery(answer) {
  /** @type {any[]} */
  const told = [];
  /** @type {any} */
  const context = {
    api: {
      sendMessage: async (/** @type {any} */ body, /** @type {any} */ options) =>
        answer(options.idempotencyKey, body.text),
    },
    dispatch: (/** @type {any} */ action) => told.push(action),
    fail: () => {},
  };
  return { told, ...createDelivery(context, () => {}) };
}
const what = { from: /** @type {const} */ ('chat'), sessionId: 's', to: ANA.chatId };
const refused = (/** @type {string} */ code) => Object.assign(new Error(code), { code });

test('an answer that was lost is asked for again under the same key', async () => {
  /** @type {string[]} */
  const keys = [];
  const { begin } = delivery((key) => {
    keys.push(key);
    if (keys.length === 1) throw refused('network');
    return message('m');
  });
  assert.equal(await begin({ ...what, text: 'a' }), true);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
});

test('what was refused is not tried again, and a new message has a new key', async () => {
  /** @type {string[]} */
  const keys = [];
  const { begin, told } = delivery((key) => {
    keys.push(key);
    throw refused('session_not_found');
  });
  assert.equal(await begin({ ...what, text: 'a' }), false);
  await begin({ ...what, text: 'a' });
  assert.equal(new Set(keys).size, 2);
  assert.ok(told.some(({ type }) => type === 'attemptFailed'));
});

test('messages of a chat go out one after the other', async () => {
  /** @type {string[]} */
  const order = [];
  const { begin } = delivery(async (_key, text) => {
    await new Promise((done) => setTimeout(done, text === 'a' ? 20 : 0));
    order.push(text);
    return message(text);
  });
  await Promise.all([begin({ ...what, text: 'a' }), begin({ ...what, text: 'b' })]);
  assert.deepEqual(order, ['a', 'b']);
});

test('names are found without accents, shortened to letters, and keep their colour', () => {
  assert.equal(fold('João'), 'joao');
  assert.equal(initials('Chloé von und zu Hohenstein'), 'CH');
  assert.equal(initials('+55'), '');
  assert.equal(colourOf('a@c.us'), colourOf('a@c.us'));
});

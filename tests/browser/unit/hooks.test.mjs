// Webhooks and events: what the store keeps, what forms say, events in words.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { timeOfId } from '../../../assets/js/format.js';
import { has, loadWords, setLanguage } from '../../../assets/js/i18n.js';
import { KEPT_EVENTS, passes } from '../../../assets/js/store/events.js';
import { renew, togglePattern } from '../../../assets/js/store/webhooks.js';
import { eventJson, eventLine, NOUNS, typeName, typesOf } from '../../../assets/js/views/events/words.js';
import { attemptText } from '../../../assets/js/views/parts/attempt.js';
import { check } from '../../../assets/js/views/webhooks/check.js';
import { healthOf, shortUrl } from '../../../assets/js/views/webhooks/health.js';
import { WORD_FILES } from '../harness/words.mjs';
import { initialState, reduce } from './state.mjs';

before(() => loadWords(WORD_FILES));
after(() => setLanguage('en', {}));

/** @returns {any} */
const event = (/** @type {number} */ number, more = {}) => ({
  id: `evt_${String(number).padStart(6, '0')}`,
  type: 'message.received',
  sessionId: 'a',
  clientId: 'acme',
  data: {},
  ...more,
});
const run = (/** @type {any} */ state, /** @type {any[]} */ ...actions) => actions.reduce(reduce, state);
const opened = (filter = {}, /** @type {any[]} */ list = []) =>
  run(initialState, { type: 'eventsOpened', filter }, { type: 'eventsRead', filter, list, more: false });
const ids = (/** @type {any} */ state) => state.events.list.map((/** @type {any} */ { id }) => Number(id.slice(4)));

test('events are kept only while their page is open', () => {
  assert.equal(run(initialState, { type: 'events', events: [event(1)] }).events, initialState.events);
  const state = run(opened(), { type: 'events', events: [event(1)] }, { type: 'eventsClosed' });
  assert.deepEqual(state.events, initialState.events);
});

test('what came is shown newest first when it is let out, and none twice', () => {
  const state = run(
    opened({}, [event(2), event(1)]),
    { type: 'events', events: [event(2), event(3), event(4)] },
    { type: 'eventsReleased' },
  );
  assert.deepEqual(ids(state), [4, 3, 2, 1]);
  assert.equal(state.events.heldCount, 0);
});

test('a paused list keeps still and counts what came', () => {
  const paused = run(
    opened({}, [event(1)]),
    { type: 'eventsPaused', paused: true },
    { type: 'events', events: [event(2), event(3)] },
  );
  assert.deepEqual(ids(paused), [1]);
  assert.equal(paused.events.heldCount, 2);
  assert.deepEqual(ids(run(paused, { type: 'eventsPaused', paused: false })), [3, 2, 1]);
});

test('memory is bounded, nothing is shown with a hole in it, and the rest can be read back', () => {
  const many = Array.from({ length: KEPT_EVENTS + 10 }, (_, number) => event(number + 10));
  const state = run(opened({}, [event(1)]), { type: 'events', events: many }, { type: 'eventsReleased' });
  assert.equal(state.events.list.length, KEPT_EVENTS);
  assert.equal(ids(state).at(-1), 20);
  assert.equal(state.events.more, true);
  const back = run(state, { type: 'eventsReadMore', filter: state.events.filter, list: [event(19)], more: true });
  assert.equal(ids(back).at(-1), 19);
});

test('what the stream may have missed is held with the rest, and nothing is shown with a hole in it', () => {
  const catchUp = (/** @type {any} */ state, /** @type {any[]} */ list) =>
    run(state, { type: 'eventsCaughtUp', filter: state.events.filter, list, more: true }, { type: 'eventsReleased' });
  const state = run(opened({}, [event(2), event(1)]), { type: 'events', events: [event(4)] });
  assert.deepEqual(ids(catchUp(state, [event(4), event(3), event(2)])), [4, 3, 2, 1]);
  assert.deepEqual(ids(catchUp(state, [event(9), event(8)])), [9, 8]);
  assert.deepEqual(ids(catchUp(opened(), [event(9), event(8)])), [9, 8]);
});

test('an answer for a filter that is no longer asked for is passed over', () => {
  const state = run(opened({ type: 'call.*' }), { type: 'eventsRead', filter: {}, list: [event(1)], more: false });
  assert.deepEqual(ids(state), []);
});

test('filters by noun, type, session and client; a gap concerns everybody', () => {
  assert.ok(passes({ type: 'message.*' }, event(1)));
  assert.ok(!passes({ type: 'message.*' }, event(1, { type: 'messages.received' })));
  assert.ok(!passes({ type: 'message.sent' }, event(1)));
  assert.ok(!passes({ sessionId: 'b' }, event(1)));
  assert.ok(!passes({ clientId: 'globex' }, event(1)));
  assert.ok(passes({ type: 'call.*', sessionId: 'b' }, event(1, { type: 'stream.gap' })));
});

test('the newest page of deliveries replaces what it reaches over and keeps what was read before it', () => {
  const delivery = (/** @type {string} */ eventId, state = 'pending') => /** @type {any} */ ({ eventId, state });
  const before = { list: ['d', 'c', 'b', 'a'].map((id) => delivery(id)), nextCursor: 'x' };
  const page = { data: [delivery('e'), delivery('c', 'delivered')], nextCursor: 'y' };
  const { list, nextCursor } = renew(before, page);
  assert.deepEqual(
    list.map(({ eventId, state }) => eventId + state[0]),
    ['ep', 'cd', 'bp', 'ap'],
  );
  assert.equal(nextCursor, 'x');
  assert.deepEqual(renew(before, { data: [], nextCursor: null }), { list: [], nextCursor: null });
});

test('a whole noun stands for its types', () => {
  assert.deepEqual(togglePattern(['message.sent', 'call.ended'], 'message.*', true), ['call.ended', 'message.*']);
  assert.deepEqual(togglePattern(['message.*'], 'message.*', false), []);
  assert.deepEqual(togglePattern([], 'messages.x', true), ['messages.x']);
});

test('a secret never stays in the state of webhooks', () => {
  const hook = { id: 'whk_1', secret: 'whsec_x', health: {} };
  const state = run(initialState, { type: 'webhookOpened', id: 'whk_1', filter: '' }, { type: 'webhookRead', hook });
  assert.equal(JSON.stringify(state.webhooks).includes('whsec_'), false);
});

test('an id tells when it was made', () => {
  assert.equal(timeOfId('whk_01M86QZ5C1VEM1DZY6HBEWGHJ8'), '2026-11-24T12:19:54.881Z');
});

const form = (more = {}) => ({ scope: 'all', all: true, patterns: [], rows: [], ...more });
/** @param {Record<string, string>} values */
function data(values) {
  const all = new FormData();
  for (const [key, value] of Object.entries(values)) all.set(key, value);
  return all;
}

test('a form says what to send', () => {
  const { body, errors } = check(
    data({ url: ' https://example.com/x ', sessionId: 'a', 'header-1': 'X-Team', 'value-1': 'blue' }),
    form({ scope: 'session', all: false, patterns: ['call.*'], rows: [{ id: 1, name: '' }] }),
    false,
  );
  assert.deepEqual(errors, {});
  assert.deepEqual(body, {
    url: 'https://example.com/x',
    events: ['call.*'],
    headers: { 'x-team': 'blue' },
    sessionId: 'a',
  });
});

test('a form says what is wrong', () => {
  const wrong = (/** @type {any} */ values, more = {}) => Object.keys(check(data(values), form(more), false).errors);
  const url = 'https://example.com';
  for (const bad of ['', 'example.com', 'ftp://example.com', 'https://me@example.com'])
    assert.deepEqual(wrong({ url: bad }), ['url'], bad);
  assert.deepEqual(wrong({ url }, { all: false }), ['events']);
  assert.deepEqual(wrong({ url }, { scope: 'client' }), ['clientId']);
  assert.deepEqual(wrong({ url, 'header-1': 'a b', 'value-1': 'x' }, { rows: [{ id: 1 }] }), ['headers']);
  assert.deepEqual(wrong({ url, secret: 'whsec_abc' }), ['secret']);
  assert.deepEqual(wrong({ url, secret: `whsec_${'A'.repeat(32)}` }), []);
  assert.deepEqual(wrong({ url, secret: 'whsec_IyrEb+EwMQN1Y0aTRxXzWNh+s5XWA++ju8AtricFYOs=' }), []);
});

test('a change leaves the headers alone unless they are written anew', () => {
  const url = 'https://example.com';
  assert.equal('headers' in check(data({ url }), form(), true).body, false);
  assert.deepEqual(check(data({ url }), form({ replace: true }), true).body.headers, {});
});

test('how a webhook is, worst first', () => {
  const hook = (more = {}, health = {}) =>
    /** @type {any} */ ({
      enabled: true,
      disabledReason: null,
      ...more,
      health: { failuresInRow: 0, pausedUntil: null, lastSuccessAt: null, ...health },
    });
  const later = '2026-01-01T00:01:00Z';
  const now = Date.parse('2026-01-01T00:00:00Z');
  assert.equal(healthOf(hook({ enabled: false, disabledReason: 'gone' }), now), 'gone');
  assert.equal(healthOf(hook({ enabled: false, disabledReason: 'byRequest' }), now), 'off');
  assert.equal(healthOf(hook({}, { pausedUntil: later, failuresInRow: 5 }), now), 'paused');
  assert.equal(healthOf(hook({}, { pausedUntil: later, failuresInRow: 5 }), now + 99_000), 'failing');
  assert.equal(healthOf(hook({}, { lastSuccessAt: later }), now), 'well');
  assert.equal(healthOf(hook(), now), 'new');
  assert.equal(shortUrl('https://example.com/a?token=x'), 'example.com/a');
});

test('every reason for a failed attempt has its words', () => {
  const text = readFileSync(new URL('../../../docs/WEBHOOKS.md', import.meta.url), 'utf8');
  const part = text.slice(text.indexOf('## Why an attempt failed'), text.indexOf('## Secrets'));
  const codes = [...part.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code);
  assert.ok(codes.length > 10);
  for (const code of codes) assert.ok(has(`webhookFailures.${code}`), code);
  assert.match(attemptText({ code: 'status', detail: '' }, 503), /503/);
  assert.equal(attemptText({ code: 'new_one', detail: 'as said' }, null), 'as said');
});

const documented = readFileSync(new URL('../../../docs/EVENTS.md', import.meta.url), 'utf8');
const sections = [...documented.matchAll(/^### `([\w.]+)`[\s\S]*?```json\n([\s\S]*?)```/gm)];

test('every type of the documents is known, has a name and is told in words', () => {
  const types = sections.map(([, type]) => type);
  assert.deepEqual(types.toSorted(), NOUNS.flatMap(typesOf).toSorted());
  for (const [, type, json] of sections) {
    const told = JSON.parse(json);
    assert.notEqual(typeName(type), type);
    assert.notEqual(eventLine(told), typeName(type), type);
    assert.doesNotMatch(eventLine(told), /[{}]|undefined|null/, type);
  }
});

test('each variant of a type has its own words', () => {
  const line = (/** @type {string} */ type, /** @type {any} */ data) => eventLine(/** @type {any} */ ({ type, data }));
  const variants = /** @type {[string, string, string[]][]} */ ([
    [
      'group.participantsChanged',
      'action',
      ['add', 'remove', 'promote', 'demote', 'modify', 'joinRequested', 'joinRequestRevoked'],
    ],
    ['call.ended', 'reason', ['missed', 'acceptedElsewhere', 'rejectedElsewhere', 'terminated']],
    ['presence.updated', 'state', ['typing', 'recording', 'paused', 'online', 'offline']],
    [
      'group.updated',
      'change',
      [
        'created',
        'subject',
        'description',
        'locked',
        'announce',
        'joinApproval',
        'ephemeral',
        'memberAddMode',
        'inviteRevoked',
        'deleted',
        'suspended',
      ],
    ],
  ]);
  for (const [type, member, values] of variants) {
    const lines = values.map((value) => line(type, { [member]: value, value: true, participants: [] }));
    assert.equal(new Set(lines).size, values.length, type);
    for (const one of lines) assert.notEqual(one, typeName(type), type);
  }
  for (const code of ['crashLoop', 'replaced', 'tempBan', 'outdated', 'refused', 'storage'])
    assert.notEqual(line('session.failed', { cause: { code } }), typeName('session.failed'), code);
});

test('what is not known is shown as it is', () => {
  const unknown = /** @type {any} */ ({ id: 'evt_1', type: 'poll.voted', data: {} });
  assert.equal(eventLine(unknown), 'poll.voted');
  assert.equal(eventLine(/** @type {any} */ ({ type: 'call.ended', data: { reason: 'new' } })), 'Call ended');
  assert.equal(eventLine(/** @type {any} */ ({ type: 'message.received', data: null })).includes('undefined'), false);
});

test('an event is shown as it is told', () => {
  const told = { data: { b: 1 }, at: 't', id: 'evt_1', type: 'x.y', seq: 1, sessionId: 'a', clientId: 'c' };
  assert.match(eventJson(told), /^\{\n {2}"id": "evt_1",\n {2}"type"/);
});

// Sessions: finding them, what can be done with them, how a phone is linked to one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, mock, test } from 'node:test';
import { createLinking } from '../../../assets/js/actions/linking.js';
import { retryText } from '../../../assets/js/errors.js';
import { setLanguage } from '../../../assets/js/i18n.js';
import { clientsOf, faultsOf, findSessions, nextVerb, timelineOf, verbsOf } from '../../../assets/js/sessions.js';
import { isPhone, stageOf } from '../../../assets/js/store/linking.js';
import { createStore } from '../../../assets/js/store.js';
import { DICTIONARIES } from '../harness/words.mjs';
import { initialState, PARTS, reduce } from './state.mjs';

beforeEach(() => setLanguage('en', {}));

/** @param {any} [changes] @returns {import('../../../assets/js/types.js').Session} */
const session = (changes) => ({
  ...{
    id: 'a',
    clientId: 'acme',
    name: null,
    state: 'connected',
    cause: null,
    desired: 'running',
    phone: '5511999998888',
  },
  ...{ since: '2026-11-24T03:00:00.000Z', lid: null, pushName: null, lastActivityAt: null, lastFrameAt: null },
  ...{ lastPongAt: null, reconnects: 0, queueDepth: 0, nextRetryAt: null, restarts: 0, createdAt: '' },
  ...changes,
});
const byId = (/** @type {any[]} */ ...list) => new Map(list.map((changes) => [changes.id, session(changes)]));
const ids = (/** @type {any} */ found) => found.rows.map((/** @type {any} */ row) => row.id);

test('sessions are found by any part of name, id, client and phone, however it is written', () => {
  const all = byId(
    { id: 'a', name: 'Recepção' },
    { id: 'b', clientId: 'globex', phone: null },
    { id: 'c10' },
    { id: 'c9' },
  );
  assert.deepEqual(ids(findSessions(all, { q: 'recepcao ACME' })), ['a']);
  assert.deepEqual(ids(findSessions(all, { q: '+55 (11) 9999' })), ['c9', 'c10', 'a']);
  assert.deepEqual(ids(findSessions(all, { q: 'glob' })), ['b']);
  assert.deepEqual(ids(findSessions(all, { client: 'globex' })), ['b']);
  assert.deepEqual(ids(findSessions(all, {})), ['b', 'c9', 'c10', 'a']);
});

test('counts are of what text and client leave, whichever state is chosen', () => {
  const all = byId({ id: 'a' }, { id: 'b', state: 'failed' }, { id: 'c', state: 'stopped', desired: 'stopped' });
  const found = findSessions(all, { state: 'attention' });
  assert.deepEqual(ids(found), ['b']);
  assert.equal(found.total, 3);
  assert.deepEqual(
    [found.counts.connected, found.counts.failed, found.counts.attention, found.counts.linking],
    [1, 1, 1, 0],
  );
  assert.equal(findSessions(all, { state: 'attention' }), found, 'it is not looked for twice');
  assert.deepEqual(clientsOf(all), [{ clientId: 'acme', sessions: 3 }]);
});

test('only what makes sense is offered', () => {
  assert.deepEqual(verbsOf(session()), ['stop', 'restart', 'logout', 'delete']);
  assert.deepEqual(verbsOf(session({ state: 'stopped', desired: 'stopped' })), ['start', 'logout', 'delete']);
  assert.equal(nextVerb(session()), null);
  assert.equal(nextVerb(session({ state: 'loggedOut', phone: null })), 'link');
  assert.equal(nextVerb(session({ state: 'failed' })), 'start');
});

test('a form is judged by the rules of the API', () => {
  const fault = (/** @type {any} */ entered) =>
    faultsOf({ clientId: 'acme', sessionId: '', name: '', ...entered }, (id) => id === 'taken');
  assert.deepEqual(fault({}), {});
  assert.deepEqual(fault({ sessionId: 'a.b-c_1', name: 'é'.repeat(100) }), {});
  assert.deepEqual(fault({ clientId: '' }), { clientId: 'sessions.clientNeeded' });
  for (const sessionId of ['-a', 'a b', 'é', '.a', 'a/b'])
    assert.deepEqual(fault({ sessionId }), { sessionId: 'sessions.badId' });
  assert.deepEqual(fault({ sessionId: 'a'.repeat(65) }), { sessionId: 'sessions.tooLong' });
  assert.deepEqual(fault({ sessionId: 'taken' }), { sessionId: 'errors.session_exists' });
  assert.deepEqual(fault({ name: 'a\tb' }), { name: 'sessions.badName' });
  assert.deepEqual(fault({ name: '😀'.repeat(101) }), { name: 'sessions.nameTooLong' });
});

test('numbers are taken as people write them', () => {
  for (const good of ['+55 (11) 99999-8888', '14155550123', '1234567']) assert.ok(isPhone(good), good);
  for (const bad of ['', '123456', '+0551199999', '55 11 9a', '1234567890123456']) assert.ok(!isPhone(bad), bad);
});

test('every cause that the API names has its words', () => {
  const doc = readFileSync(new URL('../../../docs/API.md', import.meta.url), 'utf8');
  const [, listed] = /`cause\.code` is one of: ([\s\S]+?)`cause\.detail`/.exec(doc) ?? [];
  const causes = [...listed.replace(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map(([, code]) => code);
  assert.equal(causes.length, 15);
  for (const code of causes)
    assert.ok(`causes.${code}` in DICTIONARIES.en && `causeHelp.${code}` in DICTIONARIES.en, code);
});

const event = (/** @type {any} */ changes) => ({
  id: 'evt_1',
  sessionId: 'a',
  clientId: 'acme',
  seq: 1,
  at: '',
  data: {},
  ...changes,
});

test('codes that followed each other are one entry', () => {
  const list = ['qr', 'qr', 'linking', 'qr'].map((name, at) => event({ id: `${at}`, type: `session.${name}` }));
  assert.deepEqual(
    timelineOf(list).map(({ event: { type }, count }) => [type, count]),
    [
      ['session.qr', 2],
      ['session.linking', 1],
      ['session.qr', 1],
    ],
  );
});

test('an answer that an event has overtaken does not bring back the old state', () => {
  const read = session({ state: 'starting', since: '2026-11-24T03:00:00.000Z', reconnects: 3 });
  let state = reduce(initialState, { type: 'sessionLoaded', session: read });
  const data = { state: 'connected', previous: 'starting', cause: null, desired: 'running' };
  state = reduce(state, {
    type: 'events',
    events: [event({ type: 'session.connected', at: '2026-11-24T03:00:01.000Z', data })],
  });
  state = reduce(state, { type: 'sessionLoaded', session: { ...read, reconnects: 4 } });
  const known = state.sessions.byId.get('a');
  assert.deepEqual([known?.state, known?.reconnects], ['connected', 4]);
  state = reduce(state, { type: 'sessionsLoaded', sessions: [read] });
  assert.equal(state.sessions.byId.get('a')?.state, 'connected');
});

test('the timeline grows by what happens to the session that is looked at, and to no other', () => {
  let state = reduce(initialState, { type: 'sessionLookedAt', id: 'a' });
  state = reduce(state, {
    type: 'timelineChanged',
    id: 'a',
    changes: { status: 'ready', list: [event({ id: '1', type: 'session.created' })] },
  });
  const events = [
    event({ id: '1', type: 'session.created' }),
    event({ id: '2', type: 'message.received' }),
    event({ id: '3', type: 'session.linking', sessionId: 'b' }),
    event({ id: '4', type: 'session.deleted' }),
  ];
  state = reduce(state, { type: 'events', events });
  assert.deepEqual(
    state.sessions.detail.timeline.list.map(({ id }) => id),
    ['4', '1'],
  );
  assert.ok(state.sessions.detail.missing);
  state = reduce(state, { type: 'timelineChanged', id: 'b', changes: { list: [] } });
  assert.equal(state.sessions.detail.timeline.list.length, 2, 'late answers for another session are passed over');
});

test('how far a session is, for who links it', () => {
  const stage = (/** @type {any} */ changes, shown = false) => stageOf(session(changes), shown);
  assert.equal(stage({ state: 'linking' }), 'waiting');
  assert.equal(stage({ state: 'linking' }, true), 'open');
  assert.equal(stage({ state: 'starting', phone: null }), 'waiting');
  assert.equal(stage({ state: 'starting', phone: null }, true), 'syncing');
  assert.equal(stage({}), 'done');
  assert.equal(stage({ state: 'failed' }, true), 'down');
});

/** A linking whose API answers at once. @param {any} [answers] */
function setUp(answers = {}) {
  const store = createStore(PARTS);
  const asked = /** @type {string[]} */ ([]);
  let codes = 0;
  const api = {
    getQr: async () => {
      asked.push('qr');
      return { qr: '', image: '', expiresAt: new Date(Date.now() + 60_000 + codes++).toISOString() };
    },
    getQrSvg: async () => new Blob(['<svg/>']),
    pairingCode: async () => ({ code: 'ABCD1234', expiresAt: new Date(Date.now() + 60_000).toISOString() }),
    startSession: async () => session(),
    ...answers,
  };
  store.dispatch({ type: 'linkingOpened', id: 'a', codeFirst: false });
  const linking = createLinking({
    id: 'a',
    api,
    dispatch: store.dispatch,
    state: () => store.state.linking,
    refresh: async () => {},
    onDone: () => asked.push('done'),
  });
  return { store, linking, asked, settled: () => new Promise((done) => setTimeout(done, 20)) };
}

test('a code is shown, replaced when there is a new one, and no more once the phone is linked', async () => {
  const { store, linking, asked, settled } = setUp();
  linking.begin();
  await settled();
  assert.equal(store.state.linking.stage, 'open');
  const first = store.state.linking.scan.blob;
  assert.ok(first);
  linking.onEvents([event({ type: 'session.qr', data: { expiresAt: store.state.linking.scan.expiresAt } })]);
  linking.onEvents([event({ type: 'session.qr', sessionId: 'b', data: { expiresAt: 'x' } })]);
  await settled();
  assert.equal(store.state.linking.scan.blob, first, 'the code that is shown is not asked for again');
  linking.onEvents([event({ type: 'session.qr', data: { expiresAt: 'x' } })]);
  await settled();
  assert.notEqual(store.state.linking.scan.blob, first);
  linking.follow(session({ state: 'starting', phone: null }));
  assert.equal(store.state.linking.stage, 'syncing');
  linking.follow(session({ phone: null }));
  linking.follow(session());
  assert.equal(store.state.linking.stage, 'done');
  assert.equal(store.state.linking.account.phone, '5511999998888');
  await settled();
  assert.deepEqual(asked, ['qr', 'qr', 'done']);
  linking.close();
});

test('when nobody scans, it ends until a person asks for more', async () => {
  const { store, linking, asked, settled } = setUp();
  linking.begin();
  await settled();
  const over = { state: 'linking', cause: { code: 'qrExpired', detail: '' } };
  linking.onEvents([event({ type: 'session.linking', data: over })]);
  linking.follow(session({ phone: null, ...over }));
  await settled();
  assert.deepEqual([store.state.linking.stage, asked.length], ['expired', 1]);
  await linking.again();
  await settled();
  assert.deepEqual([store.state.linking.stage, asked.length], ['open', 2]);
  linking.close();
  assert.equal(store.state.linking.id, null);
});

test('a code to type is asked for with a number that can be one', async () => {
  const { store, linking, asked, settled } = setUp();
  await linking.askCode('12');
  assert.deepEqual([store.state.linking.typed.error.code, asked.length], ['bad_phone', 0]);
  await linking.askCode('+55 11 99999-8888');
  assert.equal(store.state.linking.typed.code, 'ABCD1234');
  linking.otherNumber();
  assert.equal(store.state.linking.typed.code, null);
  linking.close();
  await settled();
});

test('an error that trying again does not mend is shown', async () => {
  const { store, linking, settled } = setUp({ getQr: () => Promise.reject({ code: 'forbidden', status: 403 }) });
  linking.begin();
  await settled();
  assert.equal(store.state.linking.scan.error.code, 'forbidden');
  linking.close();
});

/** An answer that something was asked for too often. @param {number} retryAfter */
const tooOften = (retryAfter) => Promise.reject({ code: 'rate_limited', status: 429, retryAfter });

test('a code to type that was asked for too often is not asked for again before its time', async () => {
  mock.timers.enable({ apis: ['Date'], now: 0 });
  let tries = 0;
  const pairingCode = async () => {
    tries += 1;
    return tries === 1 ? tooOften(60) : { code: 'ABCD1234', expiresAt: new Date(160_000).toISOString() };
  };
  const { store, linking } = setUp({ pairingCode });
  try {
    await linking.askCode('5511999998888');
    mock.timers.tick(20_000);
    await linking.askCode('5511999998888');
    const { error } = store.state.linking.typed;
    assert.deepEqual([error.code, error.retryAfter, tries], ['rate_limited', 40, 1]);
    mock.timers.tick(40_000);
    await linking.askCode('5511999998888');
    assert.deepEqual([store.state.linking.typed.code, tries], ['ABCD1234', 2]);
  } finally {
    linking.close();
    mock.timers.reset();
  }
});

test('a session that is down is started by trying again, also when that was refused before', async () => {
  mock.timers.enable({ apis: ['Date'], now: 0 });
  let starts = 0;
  const startSession = async () => {
    starts += 1;
    return starts === 1 ? tooOften(30) : session();
  };
  const { store, linking, asked } = setUp({ startSession });
  try {
    linking.follow(session({ state: 'loggedOut' }));
    assert.equal(store.state.linking.stage, 'down');
    await linking.again();
    await linking.again();
    assert.deepEqual([store.state.linking.scan.error.retryAfter, starts, asked], [30, 1, []]);
    mock.timers.tick(30_000);
    await linking.again();
    assert.deepEqual([starts, asked], [2, ['qr']]);
  } finally {
    linking.close();
    mock.timers.reset();
  }
});

test('when something can be tried again is told in seconds or in minutes', async () => {
  setLanguage('en', DICTIONARIES.en);
  assert.equal(retryText({}), '');
  assert.equal(retryText({ retryAfter: 1 }), 'It can be tried again in 1 second.');
  assert.equal(retryText({ retryAfter: 541 }), 'It can be tried again in 10 minutes.');
});

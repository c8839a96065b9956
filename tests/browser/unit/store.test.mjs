// The state: what actions and events make of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStore } from '../../../assets/js/store.js';
import { initialState, reduce } from './state.mjs';

const session = (/** @type {string} */ id, more = {}) => ({
  id,
  clientId: 'acme',
  name: null,
  state: 'starting',
  cause: null,
  since: 't0',
  desired: 'running',
  phone: null,
  ...more,
});
const loaded = (/** @type {any[]} */ ...sessions) => reduce(initialState, { type: 'sessionsLoaded', sessions });
const event = (/** @type {string} */ type, /** @type {any} */ data, sessionId = 'a') => ({
  id: 'evt_1',
  type,
  seq: 1,
  at: 't1',
  sessionId,
  clientId: 'acme',
  data,
});

test('an action that means nothing gives the same state back', () => {
  assert.equal(reduce(initialState, { type: 'nothing' }), initialState);
});

test('a session follows its events', () => {
  const state = reduce(loaded(session('a'), session('b')), {
    type: 'events',
    events: [event('session.connected', { state: 'connected', previous: 'starting', cause: null, desired: 'running' })],
  });
  assert.equal(state.sessions.byId.get('a')?.state, 'connected');
  assert.equal(state.sessions.byId.get('a')?.since, 't1');
  assert.equal(state.sessions.byId.get('b')?.state, 'starting');
});

test('an event that leaves the state as it was does not move its beginning', () => {
  const state = reduce(loaded(session('a', { state: 'connected' })), {
    type: 'events',
    events: [
      event('session.restricted', {
        state: 'connected',
        previous: 'connected',
        cause: { code: 'restricted', detail: '' },
        desired: 'running',
      }),
    ],
  });
  assert.equal(state.sessions.byId.get('a')?.since, 't0');
  assert.equal(state.sessions.byId.get('a')?.cause?.code, 'restricted');
});

test('a deleted session is gone, and further events of it change nothing', () => {
  const events = [
    event('session.deleted', { state: 'stopped', previous: null }),
    event('session.connected', { state: 'connected', previous: 'starting' }),
  ];
  assert.equal(reduce(loaded(session('a')), { type: 'events', events }).sessions.byId.size, 0);
});

test('an answer that was on its way when a session was deleted does not bring it back', () => {
  const old = session('a', { createdAt: 't0' });
  const deleted = reduce(loaded(old), { type: 'events', events: [event('session.deleted', { state: 'stopped' })] });
  for (const late of [
    { type: 'sessionsLoaded', sessions: [old] },
    { type: 'sessionLoaded', session: old },
  ])
    assert.equal(reduce(deleted, late).sessions.byId.size, 0, late.type);
  const another = reduce(deleted, { type: 'sessionLoaded', session: session('a', { createdAt: 't9' }) });
  assert.equal(another.sessions.byId.size, 1);
});

test('a message that came moves the last activity', () => {
  const state = reduce(loaded(session('a')), { type: 'events', events: [event('message.received', { id: 'msg_1' })] });
  assert.equal(state.sessions.byId.get('a')?.lastActivityAt, 't1');
});

test('events of sessions that are not known leave the state as it is', () => {
  const before = loaded(session('a'));
  assert.equal(
    reduce(before, { type: 'events', events: [event('session.starting', { state: 'starting' }, 'z')] }),
    before,
  );
});

test('signing out forgets what was read with the key, and keeps language and theme', () => {
  const before = reduce(loaded(session('a')), { type: 'languageChosen', language: 'pt' });
  const after = reduce(before, { type: 'signedOut' });
  assert.equal(after.sessions.byId.size, 0);
  assert.equal(after.shell.language, 'pt');
  assert.equal(after.shell.phase, 'signedOut');
});

test('a failed reload leaves the sessions that are there', () => {
  const state = reduce(loaded(session('a')), { type: 'sessionsFailed', error: { code: 'network' } });
  assert.equal(state.sessions.status, 'ready');
  assert.equal(state.sessions.byId.size, 1);
});

test('only four toasts are shown at a time', () => {
  let state = initialState;
  for (let id = 1; id <= 6; id++) state = reduce(state, { type: 'toastShown', toast: { id, kind: 'ok', text: '' } });
  assert.deepEqual(
    state.shell.toasts.map(({ id }) => id),
    [3, 4, 5, 6],
  );
});

test('subscribers hear of changes alone', () => {
  const store = createStore();
  let heard = 0;
  const end = store.subscribe(() => heard++);
  store.dispatch({ type: 'nothing' });
  store.dispatch({ type: 'ticked', now: 5 });
  end();
  store.dispatch({ type: 'ticked', now: 6 });
  assert.equal(heard, 1);
});

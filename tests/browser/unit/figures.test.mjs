// What the overview and the sandbox make of figures, events and the simulated world.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as figures from '../../../assets/js/figures.js';
import * as simulated from '../../../assets/js/simulated.js';
import { initialState, reduce } from './state.mjs';

const NOW = new Date(2026, 10, 24, 13, 20, 5).getTime();
const HOUR = 3_600_000;

/** @param {any} changes @param {number} at */
const bucket = (changes, at) => ({
  at: new Date(at).toISOString(),
  in: 0,
  deliveredP50Ms: null,
  deliveredP95Ms: null,
  connectedShare: null,
  out: { waiting: 0, sent: 0, delivered: 0, read: 0, failed: 0, unknown: 0, ...changes },
});
/** @param {any[]} series @param {number} [bucketSeconds] */
const statsOf = (series, bucketSeconds = 3_600) => /** @type {any} */ ({ series, bucketSeconds });

test('a period begins with a whole hour or day of the viewer and ends with the present bucket', () => {
  const day = figures.periodOf('24h', NOW);
  assert.equal(day.from, new Date(2026, 10, 23, 14).toISOString());
  assert.equal(day.to, new Date(2026, 10, 24, 14).toISOString());
  const week = figures.periodOf('7d', NOW);
  assert.equal(week.from, new Date(2026, 10, 18).toISOString());
  assert.equal(week.to, new Date(2026, 10, 24, 15).toISOString());
  const month = figures.periodOf('30d', NOW);
  assert.equal(month.from, new Date(2026, 9, 26).toISOString());
  assert.ok(Date.parse(month.to) > NOW);
});

test('no period asks for more buckets than the API gives', () => {
  for (const name of /** @type {const} */ (['24h', '7d', '30d'])) {
    const { from, to, bucketSeconds } = figures.periodOf(name, NOW);
    const buckets = (Date.parse(to) - Date.parse(from)) / 1000 / bucketSeconds;
    assert.ok(Number.isInteger(buckets) && buckets <= 60, `${name}: ${buckets}`);
  }
});

test('a period that is none is the day', () => {
  assert.equal(figures.periodName(undefined), '24h');
  assert.equal(figures.periodName('constructor'), '24h');
  assert.equal(figures.periodName('7d'), '7d');
});

test('today begins at midnight where the viewer is', () => {
  const midnight = new Date(2026, 10, 24).getTime();
  const stats = statsOf([
    bucket({ read: 5, failed: 1 }, midnight - HOUR),
    bucket({ read: 2 }, midnight),
    bucket({ failed: 3, waiting: 1 }, midnight + HOUR),
  ]);
  assert.deepEqual(figures.today(stats, NOW), { read: 2, delivered: 0, sent: 0, waiting: 1, unknown: 0, failed: 3 });
});

test('a day whose clocks were changed still is that day', () => {
  const midnight = new Date(2026, 10, 24).getTime();
  const stats = statsOf([bucket({ read: 9 }, midnight - 25 * HOUR), bucket({ read: 4 }, midnight - HOUR)], 86_400);
  assert.equal(figures.today(stats, NOW).read, 4);
});

test('layers are piled up, and what is not known stays so', () => {
  assert.deepEqual(
    figures.pile([
      [1, null, 3],
      [2, null, 0],
      [1, 4, 1],
    ]),
    [
      [1, null, 3],
      [3, null, 3],
      [4, 4, 4],
    ],
  );
});

test('the highest and the lowest bucket are found, if there are any', () => {
  assert.equal(figures.highest([0, null, 4, 4, 2]), 2);
  assert.equal(figures.highest([0, null, 0]), -1);
  assert.equal(figures.lowest([null, 0.9, 0, 1]), 2);
  assert.equal(figures.lowest([null, null]), -1);
  assert.equal(figures.sum([1, null, 2]), 3);
});

/** @param {string} id @param {string} type @param {any} data */
const event = (id, type, data) => ({
  id,
  type,
  data,
  seq: 1,
  at: '2026-11-24T10:00:00Z',
  sessionId: 's',
  clientId: 'c',
});
const network = { code: 'network', detail: 'lost' };

test('problems are failed messages and losses of sessions, not what was asked for', () => {
  assert.equal(figures.problemOf(event('1', 'message.state', { state: 'delivered' })), null);
  assert.equal(figures.problemOf(event('1', 'session.connected', { cause: null })), null);
  assert.equal(figures.problemOf(event('1', 'session.loggedOut', { cause: { code: 'loggedOutByRequest' } })), null);
  assert.equal(figures.problemOf(event('1', 'session.restricted', { cause: null })), null);
  assert.deepEqual(figures.problemOf(event('1', 'session.disconnected', { cause: network }))?.cause, network);
  const failed = event('1', 'message.state', {
    state: 'failed',
    messageId: 'm',
    phone: '55',
    chatId: 'x',
    failure: network,
  });
  assert.equal(figures.problemOf(failed)?.messageId, 'm');
});

test('problems come newest first, each once, those that are read and those that happen', () => {
  let state = reduce(initialState, { type: 'statsFollowed', on: true });
  const old = [
    event('evt_2', 'session.failed', { cause: network }),
    event('evt_1', 'session.failed', { cause: network }),
  ];
  state = reduce(state, { type: 'events', events: [event('evt_3', 'session.failed', { cause: network }), old[0]] });
  state = reduce(state, { type: 'problemsLoaded', problems: old.map(figures.problemOf) });
  assert.deepEqual(
    state.stats.problems?.map(({ id }) => id),
    ['evt_3', 'evt_2', 'evt_1'],
  );
});

test('events change the overview only while it is open', () => {
  const events = [event('evt_1', 'session.failed', { cause: network })];
  assert.equal(reduce(initialState, { type: 'events', events }).stats, initialState.stats);
});

test('figures that were read stay when they cannot be read again, but not those of another period', () => {
  let state = reduce(initialState, { type: 'statsLoaded', data: /** @type {any} */ ({}), asked: { period: '24h' } });
  state = reduce(state, { type: 'statsFailed', error: new Error('x'), anew: false });
  assert.equal(state.stats.status, 'ready');
  state = reduce(state, { type: 'statsFailed', error: new Error('x'), anew: true });
  assert.equal(state.stats.status, 'failed');
});

test('the colours of the states differ in lightness, in light and dark', () => {
  const css = readFileSync(new URL('../../../assets/tailwind.css', import.meta.url), 'utf8');
  const themes = [0, 1].map((at) =>
    figures.FATES.map((fate) => [...css.matchAll(new RegExp(`--chart-${fate}: #(\\w{6});`, 'g'))][at]?.[1] ?? ''),
  );
  for (const colors of themes) {
    const lights = colors.map(lightness).sort();
    for (let index = 1; index < lights.length; index += 1)
      assert.ok(lights[index] - lights[index - 1] > 0.03, `${colors}: ${lights}`);
  }
});

/** As OKLab has it. @param {string} hex */
function lightness(hex) {
  const [r, g, b] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122 * r + 0.5363 * g + 0.0514 * b);
  const m = Math.cbrt(0.2119 * r + 0.6807 * g + 0.1074 * b);
  const s = Math.cbrt(0.0883 * r + 0.2817 * g + 0.63 * b);
  return 0.2105 * l + 0.7936 * m - 0.0041 * s;
}

const phone = (/** @type {string} */ number, name = '') => ({
  phone: number,
  lid: '1',
  name,
  online: true,
  devices: [],
});
const world = {
  seed: 1,
  connections: 0,
  unknown: 0,
  phones: [phone('551', 'Ana'), phone('552', 'Ben'), phone('553', 'Shop')],
  groups: [
    { jid: '1@g.us', subject: 'Garden', members: ['551', '552'] },
    { jid: '2@g.us', subject: 'Others', members: ['552'] },
  ],
};

test('a simulated person can write to sessions, to groups of theirs, and to people', () => {
  const sessions = [/** @type {any} */ ({ id: 'support', name: null, phone: '553' })];
  assert.deepEqual(
    simulated.chatsOf(world, world.phones[0], sessions).map(({ id, name }) => [id, name]),
    [
      ['553', 'support'],
      ['1@g.us', 'Garden'],
      ['552', 'Ben'],
    ],
  );
});

test('a chat has what the phone heard and what it said, each once, in order', () => {
  const item = { seq: 1, from: '553', fromMe: false, kind: 'text', text: 'Hi', at: 100, chat: '553', id: 'a' };
  const said = [
    { id: 'b', chat: '553', text: 'Hello', at: 99_000 },
    { id: 'a', chat: '553', text: 'twice', at: 1 },
    { id: 'c', chat: '552', text: 'elsewhere', at: 1 },
  ];
  const lines = simulated.conversation([item, { ...item, chat: '552' }], said, '553');
  assert.deepEqual(
    lines.map(({ id, mine }) => [id, mine]),
    [
      ['b', true],
      ['a', false],
    ],
  );
});

test('a plan of faults keeps what it says of others', () => {
  const chances = /** @type {any} */ ({ drop: 0.1 });
  const plan = /** @type {any} */ ({ seed: 1, all: { mute: 0.2, drop: 0 }, phones: { 551: { cut: 1 } } });
  assert.deepEqual(simulated.planWith(null, '', chances, 7), { seed: 7, all: { drop: 0.1 }, phones: {} });
  assert.deepEqual(simulated.planWith(plan, '', chances, 7).all, { mute: 0.2, drop: 0.1 });
  assert.deepEqual(simulated.planWith(plan, '552', chances, 7).phones, { 551: { cut: 1 }, 552: { drop: 0.1 } });
});

// The figures of /api/stats as the overview shows them: periods, layers of charts, what went wrong. Pure: the time is handed in.

/** @typedef {import('./types.js').Stats} Stats */
/** @typedef {import('./types.js').WamuxEvent} WamuxEvent */
/** @typedef {'24h'|'7d'|'30d'} PeriodName */

const HOUR = 3_600;
const DAY = 86_400;

/** How far back each period goes, and how it is cut. */
export const PERIODS = /** @type {const} */ ({
  '24h': { days: 0, bucketSeconds: HOUR },
  '7d': { days: 6, bucketSeconds: 3 * HOUR },
  '30d': { days: 29, bucketSeconds: DAY },
});

/** @param {string|undefined} name @returns {PeriodName} */
export const periodName = (name) => (name && Object.hasOwn(PERIODS, name) ? /** @type {PeriodName} */ (name) : '24h');

/** Midnight where the viewer is, some days ago. @param {number} now @param {number} [ago] */
export function midnight(now, ago = 0) {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - ago).getTime();
}

/**
 * What to ask for, from a whole hour or day of the viewer to the end of the present bucket.
 * @param {PeriodName} name @param {number} now
 */
export function periodOf(name, now) {
  const { days, bucketSeconds } = PERIODS[name];
  const step = bucketSeconds * 1000;
  const from = days ? midnight(now, days) : new Date(now).setMinutes(0, 0, 0) - 23 * HOUR * 1000;
  const to = from + (Math.floor((now - from) / step) + 1) * step;
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), bucketSeconds };
}

/** What became of messages, from the bottom of a bar to its top. */
export const FATES = /** @type {const} */ (['read', 'delivered', 'sent', 'waiting', 'unknown', 'failed']);
/** @typedef {typeof FATES[number]} Fate */

/** The middle of each bucket in seconds, so that a day that the clocks changed on still is that day. @param {Stats} stats */
export const middles = ({ series, bucketSeconds }) => series.map(({ at }) => Date.parse(at) / 1000 + bucketSeconds / 2);

/** @param {Stats} stats @param {Fate} fate */
export const fateSeries = ({ series }, fate) => series.map(({ out }) => out[fate]);

/** Each layer on top of those before it; where nothing is known, nothing. @param {(number|null)[][]} layers */
export function pile(layers) {
  const below = /** @type {number[]} */ ([]);
  return layers.map((layer) =>
    layer.map((value, index) => {
      if (value === null) return null;
      below[index] = (below[index] ?? 0) + value;
      return below[index];
    }),
  );
}

/** @param {(number|null)[]} values */
export const sum = (values) => values.reduce((/** @type {number} */ total, value) => total + (value ?? 0), 0);

/** What became of the messages of the viewer's present day. @param {Stats} stats @param {number} now */
export function today(stats, now) {
  const from = midnight(now) / 1000;
  const at = middles(stats);
  const counts = /** @type {Record<Fate, number>} */ ({});
  for (const fate of FATES) counts[fate] = sum(fateSeries(stats, fate).filter((_, index) => at[index] >= from));
  return counts;
}

/** The bucket with the most, or -1 when there is nothing. @param {(number|null)[]} values */
export function highest(values) {
  let best = -1;
  values.forEach((value, index) => {
    if (value && value > (values[best] ?? 0)) best = index;
  });
  return best;
}

/** The bucket with the least of those that are known, or -1. @param {(number|null)[]} values */
export function lowest(values) {
  let best = -1;
  values.forEach((value, index) => {
    if (value !== null && value < (values[best] ?? Number.POSITIVE_INFINITY)) best = index;
  });
  return best;
}

/** Events of sessions that tell of a problem. */
export const SESSION_PROBLEMS = [
  'session.disconnected',
  'session.unstable',
  'session.restricted',
  'session.loggedOut',
  'session.failed',
];

/**
 * @typedef {object} Problem
 * @property {string} id of the event
 * @property {string} at
 * @property {string} sessionId
 * @property {string} clientId
 * @property {string} type
 * @property {string} [messageId]
 * @property {string|null} [phone]
 * @property {string|null} [chatId]
 * @property {{code: string, detail: string}|null} cause
 */

/** What an event says went wrong, if anything. @param {WamuxEvent} event @returns {Problem|null} */
export function problemOf({ id, type, at, sessionId, clientId, data }) {
  const base = { id, type, at, sessionId, clientId };
  if (type === 'message.state' && data.state === 'failed') {
    const { messageId, phone, chatId } = data;
    return { ...base, messageId, phone, chatId, cause: data.failure };
  }
  if (!SESSION_PROBLEMS.includes(type) || !data.cause || data.cause.code === 'loggedOutByRequest') return null;
  return { ...base, cause: data.cause };
}

/** Newest first, each once, and not more than are worth keeping. @param {Problem[]} problems @param {number} [limit] */
export function newest(problems, limit = 30) {
  const byId = new Map(problems.map((problem) => [problem.id, problem]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
}

/** The sessions of a client, or all. @param {ReadonlyMap<string, import('./types.js').Session>} byId @param {string|undefined} client */
export const sessionsOf = (byId, client) => [...byId.values()].filter(({ clientId }) => !client || clientId === client);

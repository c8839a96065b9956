// What people look for in sessions, what can be done with one, and what may be entered for a new one. Pure.
import { matcher } from './find.js';
import { locale } from './i18n.js';
import { needsAttention } from './store/sessions.js';

/** @typedef {import('./types.js').Session} Session */
/** @typedef {'link'|'start'|'stop'|'restart'|'logout'|'delete'} Verb */
/** @typedef {{q?: string, client?: string, state?: string}} Wanted */

/** What a session is called: its name, or else its id. @param {Pick<Session, 'id'|'name'>} session */
export const titleOf = (session) => session.name || session.id;

/** The filters by state, in the order in which they are shown; `attention` is the one that is none. */
export const STATES = /** @type {const} */ ([
  'attention',
  'connected',
  'linking',
  'starting',
  'reconnecting',
  'loggedOut',
  'failed',
  'stopped',
]);

/** @param {Session} session @param {string} state */
const isIn = (session, state) => (state === 'attention' ? needsAttention(session) : session.state === state);

/** @param {ReadonlyMap<string, Session>} byId @param {Wanted} wanted */
function find(byId, { q = '', client = '', state = '' }) {
  const compare = new Intl.Collator(locale(), { numeric: true, sensitivity: 'base' }).compare;
  const matches = matcher(q);
  const found = [...byId.values()].filter((session) => (!client || session.clientId === client) && matches(session));
  const counts = Object.fromEntries(
    STATES.map((name) => [name, found.filter((session) => isIn(session, name)).length]),
  );
  const rows = state ? found.filter((session) => isIn(session, state)) : found;
  rows.sort((a, b) => compare(titleOf(a), titleOf(b)) || compare(a.id, b.id));
  return { rows, counts, total: found.length };
}

let last = /** @type {{byId: any, key: string, result: ReturnType<typeof find>}|null} */ (null);

/**
 * The sessions that are wanted, by name, and how many of each state are among those that the text and the client leave.
 * The same result comes back as long as nothing changed, since the page is drawn more often than that.
 * @param {ReadonlyMap<string, Session>} byId @param {Wanted} wanted
 */
export function findSessions(byId, wanted) {
  const key = JSON.stringify([wanted.q, wanted.client, wanted.state, locale()]);
  if (last?.byId !== byId || last.key !== key) last = { byId, key, result: find(byId, wanted) };
  return last.result;
}

/** The clients that have sessions, with how many. @param {ReadonlyMap<string, Session>} byId */
export function clientsOf(byId) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { clientId } of byId.values()) counts.set(clientId, (counts.get(clientId) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([clientId, sessions]) => ({ clientId, sessions }));
}

/** Down, and not coming up by itself. @param {Pick<Session, 'state'>} session */
export const isDown = ({ state }) => state === 'stopped' || state === 'failed' || state === 'loggedOut';

/** What can be done with a session, the most likely first. @param {Session} session @returns {Verb[]} */
export function verbsOf(session) {
  const down = isDown(session);
  /** @type {[Verb, boolean][]} */
  const verbs = [
    ['link', !session.phone],
    ['start', down],
    ['stop', session.desired === 'running'],
    ['restart', !down],
    ['logout', Boolean(session.phone)],
    ['delete', true],
  ];
  return verbs.filter(([, fits]) => fits).map(([verb]) => verb);
}

/** What a session waits for, if it is a person's turn. @param {Session} session @returns {Verb|null} */
export function nextVerb(session) {
  const [first] = verbsOf(session);
  return first === 'link' || first === 'start' ? first : null;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const ID_LENGTH = 64;
const NAME_LENGTH = 100;

/** @param {string} text */
const idFault = (text) => (text.length > ID_LENGTH ? 'sessions.tooLong' : ID.test(text) ? null : 'sessions.badId');

/**
 * What is wrong with a new session before the API is asked: the key of a sentence for each field.
 * @param {{clientId: string, sessionId: string, name: string}} entered @param {(id: string) => boolean} isTaken
 */
export function faultsOf({ clientId, sessionId, name }, isTaken) {
  const faults = {
    clientId: clientId ? idFault(clientId) : 'sessions.clientNeeded',
    sessionId: sessionId ? (idFault(sessionId) ?? (isTaken(sessionId) ? 'errors.session_exists' : null)) : null,
    name: [...name].length > NAME_LENGTH ? 'sessions.nameTooLong' : /\p{Cc}/u.test(name) ? 'sessions.badName' : null,
  };
  return /** @type {Record<string, string>} */ (
    Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault))
  );
}

/** @typedef {{event: import('./types.js').WamuxEvent, count: number}} Entry */

/** Newest first, with codes that followed each other as one entry. @param {import('./types.js').WamuxEvent[]} events */
export function timelineOf(events) {
  /** @type {Entry[]} */
  const entries = [];
  for (const event of events) {
    const before = entries.at(-1);
    if (event.type === 'session.qr' && before?.event.type === 'session.qr') before.count += 1;
    else entries.push({ event, count: 1 });
  }
  return entries;
}

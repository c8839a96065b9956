// State of the sessions: all of them, by id, kept up to date by events; and the one that is looked at.
import { detail, reduceDetail } from './session-detail.js';

/** @typedef {import('../types.js').Session} Session */
/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

/** Meant to be connected, and neither that nor on its way there. @param {Session} session */
export const needsAttention = ({ desired, state }) =>
  desired === 'running' && state !== 'connected' && state !== 'starting';

/** @param {ReadonlyMap<string, Session>} byId @param {WamuxEvent} event @param {() => Map<string, Session>} edit */
function apply(byId, event, edit) {
  const known = byId.get(event.sessionId);
  if (!known) return;
  if (event.type === 'session.deleted') {
    edit().delete(event.sessionId);
    return;
  }
  const changes = event.type.startsWith('session.') && event.data.state ? stateOf(event) : {};
  if (event.type.startsWith('session.') && event.data.cause !== undefined && !event.data.state)
    Object.assign(changes, { cause: event.data.cause });
  const moved = event.type === 'message.received' || event.type === 'message.sent';
  if (moved) Object.assign(changes, { lastActivityAt: event.at });
  if (Object.keys(changes).length) edit().set(event.sessionId, { ...known, ...changes });
}

/** @param {WamuxEvent} event */
function stateOf({ data, at }) {
  const since = data.state === data.previous ? {} : { since: at };
  const link = 'linking' in data ? { linking: data.linking, linkFailure: data.linkFailure } : {};
  return { state: data.state, cause: data.cause, desired: data.desired, ...since, ...link };
}

/** An answer can be older than an event that overtook it: the later state stays. @param {Session|undefined} known @param {Session} read */
function newer(known, read) {
  if (!known || known.since <= read.since) return read;
  const { state, cause, since, desired } = known;
  return { ...read, state, cause, since, desired };
}

/** An answer that was on its way while a session was deleted does not bring it back; another one under its name is another. @param {any} state @param {Session} read */
const isGone = ({ gone }, { id, createdAt }) => gone.get(id) === createdAt && createdAt !== undefined;

/** @param {any} state @param {Session[]} read */
const merged = (state, read) =>
  new Map(
    read
      .filter((session) => !isGone(state, session))
      .map((session) => [session.id, newer(state.byId.get(session.id), session)]),
  );

/** Those that were deleted. @param {any} state @param {string[]} ids @returns {ReadonlyMap<string, string>} */
function goneWith({ byId, gone }, ids) {
  const known = ids.map((id) => byId.get(id)).filter(Boolean);
  return known.length ? new Map([...gone, ...known.map(({ id, createdAt }) => [id, createdAt])]) : gone;
}

export const sessions = {
  initial: {
    status: /** @type {import('../types.js').LoadStatus} */ ('idle'),
    error: /** @type {any} */ (null),
    byId: /** @type {ReadonlyMap<string, Session>} */ (new Map()),
    /** When those were made that are deleted, by id. */
    gone: /** @type {ReadonlyMap<string, string>} */ (new Map()),
    /** What is being done with a session right now: its id to the verb. */
    busy: /** @type {Record<string, string|null>} */ ({}),
    /** What the pages hold for themselves: the open menu, the form for a new session. */
    page: /** @type {Record<string, any>} */ ({}),
    detail,
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    const known = reduceDetail(state.detail, action);
    const next = known === state.detail ? state : { ...state, detail: known };
    switch (action.type) {
      case 'sessionsLoading':
        return { ...next, status: state.status === 'ready' ? 'ready' : 'loading' };
      case 'sessionsLoaded':
        return { ...next, status: 'ready', error: null, byId: merged(state, action.sessions) };
      case 'sessionsFailed':
        return { ...next, status: state.status === 'ready' ? 'ready' : 'failed', error: action.error };
      case 'sessionLoaded': {
        if (isGone(state, action.session)) return next;
        const session = newer(state.byId.get(action.session.id), action.session);
        return { ...next, byId: new Map(state.byId).set(session.id, session) };
      }
      case 'sessionGone': {
        const byId = new Map(state.byId);
        return byId.delete(action.id) ? { ...next, byId, gone: goneWith(state, [action.id]) } : next;
      }
      case 'sessionBusy':
        return { ...next, busy: { ...state.busy, [action.id]: action.verb } };
      case 'sessionsPage':
        return { ...next, page: { ...state.page, ...action.changes } };
      case 'navigated':
        return state.page.menu ? { ...next, page: { ...state.page, menu: null } } : next;
      case 'events': {
        let byId = /** @type {Map<string, Session>|null} */ (null);
        const edit = () => (byId ??= new Map(state.byId));
        for (const event of action.events) apply(byId ?? state.byId, event, edit);
        const deleted = action.events.filter((/** @type {WamuxEvent} */ { type }) => type === 'session.deleted');
        const gone = goneWith(
          state,
          deleted.map((/** @type {WamuxEvent} */ { sessionId }) => sessionId),
        );
        return byId ? { ...next, byId, gone } : next;
      }
      default:
        return next;
    }
  },
};

// State of the sessions: all of them, by id, kept up to date by events.

/** @typedef {import('../types.js').Session} Session */
/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

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
  return { state: data.state, cause: data.cause, desired: data.desired, ...since };
}

export const sessions = {
  initial: {
    status: /** @type {import('../types.js').LoadStatus} */ ('idle'),
    error: /** @type {any} */ (null),
    byId: /** @type {ReadonlyMap<string, Session>} */ (new Map()),
    /** What is being done with a session right now: its id to the verb. */
    busy: /** @type {Record<string, string>} */ ({}),
    /** Filled by the pages on sessions. */
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    switch (action.type) {
      case 'sessionsLoading':
        return { ...state, status: state.status === 'ready' ? 'ready' : 'loading' };
      case 'sessionsLoaded':
        return {
          ...state,
          status: 'ready',
          error: null,
          byId: new Map(action.sessions.map((/** @type {Session} */ session) => [session.id, session])),
        };
      case 'sessionsFailed':
        return { ...state, status: state.status === 'ready' ? 'ready' : 'failed', error: action.error };
      case 'sessionLoaded':
        return { ...state, byId: new Map(state.byId).set(action.session.id, action.session) };
      case 'sessionGone': {
        const byId = new Map(state.byId);
        return byId.delete(action.id) ? { ...state, byId } : state;
      }
      case 'sessionBusy':
        return { ...state, busy: { ...state.busy, [action.id]: action.verb } };
      case 'sessionsPage':
        return { ...state, page: { ...state.page, ...action.changes } };
      case 'events': {
        let byId = /** @type {Map<string, Session>|null} */ (null);
        const edit = () => (byId ??= new Map(state.byId));
        for (const event of action.events) apply(byId ?? state.byId, event, edit);
        return byId ? { ...state, byId } : state;
      }
      default:
        return state;
    }
  },
};

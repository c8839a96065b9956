// State of the one session that is looked at: how it came to where it is, and what of its messages failed.

/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

export const detail = {
  id: /** @type {string|null} */ (null),
  /** Whether there is no such session. */
  missing: false,
  timeline: {
    status: /** @type {import('../types.js').LoadStatus} */ ('idle'),
    /** Newest first. */
    list: /** @type {WamuxEvent[]} */ ([]),
    cursor: /** @type {string|null} */ (null),
    busy: false,
    error: /** @type {any} */ (null),
  },
  failures: {
    status: /** @type {import('../types.js').LoadStatus} */ ('idle'),
    list: /** @type {import('../types.js').Message[]} */ ([]),
    error: /** @type {any} */ (null),
  },
};

/** Those that are not there yet, before those that are. @param {WamuxEvent[]} fresh @param {WamuxEvent[]} list */
export function joined(fresh, list) {
  const ids = new Set(list.map(({ id }) => id));
  const added = fresh.filter(({ id }) => !ids.has(id));
  return added.length ? [...added, ...list].sort((a, b) => (a.id < b.id ? 1 : -1)) : list;
}

/** @param {typeof detail} state @param {import('../store.js').Action} action @returns {typeof detail} */
export function reduceDetail(state, action) {
  switch (action.type) {
    case 'sessionLookedAt':
      return { ...detail, id: action.id };
    case 'sessionMissing':
      return action.id === state.id ? { ...state, missing: true } : state;
    case 'sessionLoaded':
      return action.session.id === state.id && state.missing ? { ...state, missing: false } : state;
    case 'timelineChanged':
      return action.id === state.id ? { ...state, timeline: { ...state.timeline, ...action.changes } } : state;
    case 'failuresChanged':
      return action.id === state.id ? { ...state, failures: { ...state.failures, ...action.changes } } : state;
    case 'events': {
      const fresh = action.events.filter(
        (/** @type {WamuxEvent} */ event) => event.sessionId === state.id && event.type.startsWith('session.'),
      );
      if (!state.id || !fresh.length) return state;
      const missing = fresh.at(-1).type === 'session.deleted';
      return { ...state, missing, timeline: { ...state.timeline, list: joined(fresh, state.timeline.list) } };
    }
    default:
      return state;
  }
}

// State of the sandbox: the simulated world as it was last seen.

/** @typedef {import('../simulated.js').World} World */

/** @param {any} state @param {Record<string, any>} changes the same state when nothing of it is new, so that nothing is drawn */
function merge(state, changes) {
  const fresh = Object.entries(changes).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(state[name]),
  );
  return fresh.length ? { ...state, ...Object.fromEntries(fresh) } : state;
}

export const sandbox = {
  initial: {
    status: /** @type {import('../types.js').LoadStatus} */ ('idle'),
    error: /** @type {any} */ (null),
    world: /** @type {World|null} */ (null),
    faults: /** @type {import('../simulated.js').Faults|null} */ (null),
    /** Whose inbox it is, and the inbox. */
    inboxOf: '',
    inbox: /** @type {import('../simulated.js').InboxItem[]} */ ([]),
    /** What phones said from this page, by phone. */
    said: /** @type {Record<string, import('../simulated.js').Said[]>} */ ({}),
    /** What this page asked of the simulator and it does not show, by phone. */
    moods: /** @type {Record<string, {bannedUntil?: number, silent?: boolean, autoReply?: string}>} */ ({}),
    /** What is being done right now: the verb and the phone. */
    busy: /** @type {string|null} */ (null),
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    switch (action.type) {
      case 'sandboxLoading':
        return state.world ? state : { ...state, status: 'loading' };
      case 'sandboxSeen':
        return merge(state, { status: 'ready', error: null, ...action.seen });
      case 'sandboxFailed':
        return { ...state, status: 'failed', error: action.error };
      case 'sandboxBusy':
        return { ...state, busy: action.verb };
      case 'sandboxSaid': {
        const said = [...(state.said[action.phone] ?? []), action.said].slice(-200);
        return { ...state, said: { ...state.said, [action.phone]: said } };
      }
      case 'sandboxMood':
        return {
          ...state,
          moods: { ...state.moods, [action.phone]: { ...state.moods[action.phone], ...action.mood } },
        };
      case 'sandboxPage':
        return { ...state, page: { ...state.page, ...action.changes } };
      default:
        return state;
    }
  },
};

// State of the pages on events.

export const events = {
  initial: {
    /** Filled by the pages on events. */
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    return action.type === 'eventsPage' ? { ...state, page: { ...state.page, ...action.changes } } : state;
  },
};

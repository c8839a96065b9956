// State of the pages on stats.

export const stats = {
  initial: {
    /** Filled by the pages on stats. */
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    return action.type === 'statsPage' ? { ...state, page: { ...state.page, ...action.changes } } : state;
  },
};

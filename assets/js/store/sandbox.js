// State of the pages on sandbox.

export const sandbox = {
  initial: {
    /** Filled by the pages on sandbox. */
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    return action.type === 'sandboxPage' ? { ...state, page: { ...state.page, ...action.changes } } : state;
  },
};

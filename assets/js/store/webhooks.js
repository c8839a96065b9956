// State of the pages on webhooks.

export const webhooks = {
  initial: {
    /** Filled by the pages on webhooks. */
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    return action.type === 'webhooksPage' ? { ...state, page: { ...state.page, ...action.changes } } : state;
  },
};

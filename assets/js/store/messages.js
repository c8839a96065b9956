// State of the pages on messages.

export const messages = {
  initial: {
    /** Filled by the pages on messages. */
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    return action.type === 'messagesPage' ? { ...state, page: { ...state.page, ...action.changes } } : state;
  },
};

// State of the live stream: whether what is shown is current.

export const live = {
  initial: { status: /** @type {import('../types.js').LiveStatus} */ ('connecting') },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    return action.type === 'liveChanged' && action.status !== state.status ? { status: action.status } : state;
  },
};

// Actions of the pages on sandbox.

/** @param {import('../actions.js').Context} context */
export function sandboxActions({ dispatch }) {
  return {
    /** Changes what the pages on sandbox show. @param {Record<string, any>} changes */
    page: (changes) => dispatch({ type: 'sandboxPage', changes }),
  };
}

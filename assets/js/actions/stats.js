// Actions of the pages on stats.

/** @param {import('../actions.js').Context} context */
export function statsActions({ dispatch }) {
  return {
    /** Changes what the pages on stats show. @param {Record<string, any>} changes */
    page: (changes) => dispatch({ type: 'statsPage', changes }),
  };
}

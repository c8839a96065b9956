// Actions of the pages on events.

/** @param {import('../actions.js').Context} context */
export function eventActions({ dispatch }) {
  return {
    /** Changes what the pages on events show. @param {Record<string, any>} changes */
    page: (changes) => dispatch({ type: 'eventsPage', changes }),
  };
}

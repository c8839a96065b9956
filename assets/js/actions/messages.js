// Actions of the pages on messages.

/** @param {import('../actions.js').Context} context */
export function messageActions({ dispatch }) {
  return {
    /** Changes what the pages on messages show. @param {Record<string, any>} changes */
    page: (changes) => dispatch({ type: 'messagesPage', changes }),
  };
}

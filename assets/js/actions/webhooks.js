// Actions of the pages on webhooks.

/** @param {import('../actions.js').Context} context */
export function webhookActions({ dispatch }) {
  return {
    /** Changes what the pages on webhooks show. @param {Record<string, any>} changes */
    page: (changes) => dispatch({ type: 'webhooksPage', changes }),
  };
}

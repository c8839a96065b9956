// What /api/openapi.json says; a few operations in its place while the daemon has no such route.

/** @typedef {import('./daemon.mjs').Daemon} Daemon */

const json = (/** @type {object} */ schema) => ({ 'application/json': { schema } });
const text = { type: 'string' };
const page = { type: 'object', properties: { data: { type: 'array' }, nextCursor: { type: ['string', 'null'] } } };
const send = { type: 'object', properties: { sessionId: text, to: text, text } };

const FEW = {
  openapi: '3.1.0',
  info: { title: 'wamux', version: '0' },
  servers: [{ url: '/' }],
  security: [{ apiKey: [] }, { bearer: [] }],
  paths: {
    '/api/me': {
      get: { tags: ['Overview'], operationId: 'getMe', responses: { 200: { description: 'Who', content: json({}) } } },
    },
    '/api/sessions': {
      get: {
        tags: ['Sessions'],
        operationId: 'listSessions',
        parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' } }],
        responses: { 200: { description: 'A page', content: json(page) } },
      },
    },
    '/api/messages/send': {
      post: {
        tags: ['Messages'],
        operationId: 'sendMessage',
        requestBody: { content: json(send) },
        responses: { 202: { description: 'Accepted' } },
      },
    },
    '/api/events/stream': {
      get: {
        tags: ['Events'],
        operationId: 'streamEvents',
        responses: { 200: { description: 'As they happen', content: { 'text/event-stream': { schema: text } } } },
      },
    },
  },
  components: {
    securitySchemes: {
      apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      bearer: { type: 'http', scheme: 'bearer' },
    },
  },
};

/**
 * The description, and what a page needs to be given it.
 * @param {Daemon} daemon @returns {Promise<{description: any, give: (page: import('playwright-core').Page) => Promise<unknown>}>}
 */
export async function described(daemon) {
  const answer = await fetch(`${daemon.url}api/openapi.json`);
  if (answer.ok) return { description: await answer.json(), give: async () => {} };
  return {
    description: FEW,
    give: (page) => page.route('**/api/openapi.json', (route) => route.fulfill({ json: FEW })),
  };
}

// The page without a browser: its store and all its actions, with an API that answers what a test says.
import { eventActions } from '../../../assets/js/actions/events.js';
import { messageActions } from '../../../assets/js/actions/messages.js';
import { sessionPageActions } from '../../../assets/js/actions/session-pages.js';
import { sessionActions } from '../../../assets/js/actions/sessions.js';
import { statsActions } from '../../../assets/js/actions/stats.js';
import { webhookActions } from '../../../assets/js/actions/webhooks.js';
import { createActions } from '../../../assets/js/actions.js';
import { ApiError } from '../../../assets/js/api.js';
import { createDevice } from '../../../assets/js/device.js';
import { createStore } from '../../../assets/js/store.js';
import { PARTS } from './state.mjs';

const GROUPS = { stats: statsActions, messages: messageActions, webhooks: webhookActions, events: eventActions };
export const ME = { scopes: ['admin'], clientId: null, version: '1', build: 'sandbox', simulator: true };

/** @returns {any} a storage as a browser has it */
function createStorage() {
  const kept = new Map();
  return {
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => kept.set(name, value),
    removeItem: (/** @type {string} */ name) => kept.delete(name),
  };
}

/** What the API says when it refuses. @param {string} code @param {number} [status] @param {any} [problem] */
export const refusal = (code, status = 500, problem = {}) => new ApiError({ code, status, problem });

/** @param {Record<string, any>} api @returns {any} */
const answersOf = (api) =>
  new Proxy(/** @type {any} */ ({ me: async () => ME, ...api }), {
    get: (all, name) => all[name] ?? (async () => ({ data: [], nextCursor: null })),
  });

/** Lets what has begun go on until it waits for something else. */
export async function idle() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done));
}

/**
 * @param {Record<string, any>} api what the API answers; what is not named here is an empty list
 * @param {Record<string, any>} [platform] @param {(device: import('../../../assets/js/device.js').Device) => any} [createApi]
 */
export function createWorld(api, platform = {}, createApi = () => answersOf(api)) {
  const store = createStore(PARTS);
  const device = createDevice({ local: createStorage(), session: createStorage() });
  const calls = /** @type {string[]} */ ([]);
  const note =
    (/** @type {string} */ name) =>
    (/** @type {any[]} */ ...args) =>
      void calls.push([name, ...args].join(' '));
  /** @type {any} */
  const page = {
    navigate: note('navigate'),
    follow: note('follow'),
    unfollow: note('unfollow'),
    prepare: async () => {},
    useLanguage: async () => {},
    useTheme() {},
    isVisible: () => true,
    ...platform,
  };
  const actions = createActions({ store, api: createApi(device), device, platform: page });
  actions.add('sessions', sessionActions);
  actions.add('sessions', sessionPageActions);
  for (const [name, make] of Object.entries(GROUPS)) actions.add(name, /** @type {any} */ (make));
  return { store, device, actions, calls };
}

// State of the pages on webhooks: all of them, the one that is looked at, what it was told.

/** @typedef {import('../types.js').Webhook} Webhook */
/** @typedef {import('../types.js').Delivery} Delivery */
/** @typedef {{list: Delivery[], nextCursor: string|null}} Deliveries */

/**
 * The newest page read anew, with what was read before it: what the page reaches over is replaced.
 * @param {Deliveries} before @param {import('../types.js').Page<Delivery>} page @returns {Deliveries}
 */
export function renew(before, page) {
  const last = page.data[page.data.length - 1];
  if (!page.nextCursor || !last) return { list: page.data, nextCursor: page.nextCursor };
  const older = before.list.filter(({ eventId }) => eventId < last.eventId);
  return older.length
    ? { list: page.data.concat(older), nextCursor: before.nextCursor }
    : { list: page.data, nextCursor: page.nextCursor };
}

/** Patterns with one more or one less: a whole noun stands for its types. @param {string[]} patterns @param {string} pattern @param {boolean} on */
export function togglePattern(patterns, pattern, on) {
  const noun = pattern.endsWith('.*') ? pattern.slice(0, -1) : null;
  const rest = patterns.filter((other) => other !== pattern && !(on && noun && other.startsWith(noun)));
  return on ? [...rest, pattern] : rest;
}

const NONE = { list: [], nextCursor: null };

/** @param {any} state @param {Webhook} hook */
function withHook(state, { secret: _secret, ...hook }) {
  return {
    ...state,
    list: state.list.map((/** @type {Webhook} */ other) => (other.id === hook.id ? hook : other)),
    hook: state.id === hook.id ? hook : state.hook,
    hookStatus: state.id === hook.id ? 'ready' : state.hookStatus,
  };
}

/** What an action makes of the one that is looked at. @param {any} state @param {import('../store.js').Action} action */
function reduceOne(state, action) {
  switch (action.type) {
    case 'webhookOpened': {
      const hook = state.list.find((/** @type {Webhook} */ { id }) => id === action.id) ?? null;
      return { ...state, ...ONE, id: action.id, filter: action.filter, hook, hookStatus: hook ? 'ready' : 'loading' };
    }
    case 'webhookClosed':
      return { ...state, ...ONE };
    case 'webhookFailed':
      return action.id === state.id ? { ...state, hookStatus: 'failed', hookError: action.error } : state;
    case 'deliveriesFiltered':
      return { ...state, filter: action.filter, deliveries: NONE, deliveriesStatus: 'loading' };
    case 'deliveriesRead':
      if (action.id !== state.id || action.filter !== state.filter) return state;
      return {
        ...state,
        deliveriesStatus: 'ready',
        deliveriesBusy: false,
        deliveries: action.more
          ? { list: state.deliveries.list.concat(action.page.data), nextCursor: action.page.nextCursor }
          : renew(state.deliveries, action.page),
      };
    case 'deliveriesBusy':
      return { ...state, deliveriesBusy: action.busy };
    case 'deliveriesFailed':
      return action.id === state.id ? { ...state, deliveriesStatus: 'failed', deliveriesError: action.error } : state;
    case 'deliveryOpened':
      return { ...state, open: { eventId: action.eventId, delivery: null, error: null } };
    case 'deliveryRead':
      return state.open?.eventId === action.delivery.eventId
        ? { ...state, open: { ...state.open, delivery: action.delivery, error: null } }
        : state;
    case 'deliveryFailed':
      return state.open?.eventId === action.eventId
        ? { ...state, open: { ...state.open, error: action.error } }
        : state;
    case 'deliveryClosed':
      return state.open ? { ...state, open: null } : state;
    default:
      return state;
  }
}

/** The one webhook that is looked at, and what it was told. */
const ONE = {
  id: /** @type {string|null} */ (null),
  hook: /** @type {Webhook|null} */ (null),
  hookStatus: /** @type {import('../types.js').LoadStatus} */ ('idle'),
  hookError: /** @type {any} */ (null),
  filter: '',
  deliveries: /** @type {Deliveries} */ (NONE),
  deliveriesStatus: /** @type {import('../types.js').LoadStatus} */ ('loading'),
  deliveriesError: /** @type {any} */ (null),
  deliveriesBusy: false,
  open: /** @type {{eventId: string, delivery: Delivery|null, error: any}|null} */ (null),
  /** How the last try went. */
  test: /** @type {{status: number|null, ms: number, failure: any, excerpt: string|null}|null} */ (null),
  /** How many are being delivered again, until none waits. */
  again: 0,
};

export const webhooks = {
  initial: {
    status: /** @type {import('../types.js').LoadStatus} */ ('idle'),
    error: /** @type {any} */ (null),
    list: /** @type {Webhook[]} */ ([]),
    /** The session whose own webhooks are listed; empty: all are. */
    session: '',
    ...ONE,
    /** What is being done right now, by name. */
    busy: /** @type {Record<string, boolean>} */ ({}),
    /** What the open form has beyond its fields, and what is wrong with them. */
    form: /** @type {Record<string, any>} */ ({}),
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    switch (action.type) {
      case 'webhooksPage':
        return { ...state, page: { ...state.page, ...action.changes } };
      case 'webhooksLoading':
        return action.session === state.session
          ? { ...state, status: state.status === 'ready' ? 'ready' : 'loading' }
          : { ...state, status: 'loading', list: [], session: action.session };
      case 'webhooksLoaded':
        if (action.session !== state.session) return state;
        return { ...state, status: 'ready', error: null, list: action.list };
      case 'webhooksFailed':
        if (action.session !== state.session) return state;
        return { ...state, status: state.status === 'ready' ? 'ready' : 'failed', error: action.error };
      case 'webhookRead':
        return withHook(state, action.hook);
      case 'webhookGone':
        return { ...state, list: state.list.filter((/** @type {Webhook} */ { id }) => id !== action.id) };
      case 'webhookBusy':
        return { ...state, busy: { ...state.busy, [action.name]: action.busy } };
      case 'webhookTested':
        return action.id === state.id ? { ...state, test: action.test } : state;
      case 'webhookAgain':
        return { ...state, again: action.count };
      case 'webhookForm':
        return { ...state, form: action.fresh ? action.changes : { ...state.form, ...action.changes } };
      default:
        return reduceOne(state, action);
    }
  },
};

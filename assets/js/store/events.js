// State of the page of events: those that are shown, newest first, and those that came while the list is to keep still.

/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */
/** What the page shows is asked for by these. @typedef {{type?: string, sessionId?: string, clientId?: string}} EventFilter */

/** So many of the newest events are kept in memory; older ones are read again when somebody looks back. */
export const KEPT_EVENTS = 2_000;

/** Whether the filter lets an event through. A gap concerns everybody. @param {EventFilter} filter @param {WamuxEvent} event */
export function passes({ type, sessionId, clientId }, event) {
  if (event.type === 'stream.gap') return true;
  if (sessionId && event.sessionId !== sessionId) return false;
  if (clientId && event.clientId !== clientId) return false;
  if (!type) return true;
  return type.endsWith('.*') ? event.type.startsWith(type.slice(0, -1)) : event.type === type;
}

/** Newest first, each id once. @param {WamuxEvent[]} newer @param {WamuxEvent[]} older */
function merge(newer, older) {
  if (!older.length || !newer.length) return newer.length ? newer : older;
  // What comes live is newer than all that is there, but for what a page has read meanwhile.
  if (newer[newer.length - 1].id > older[0].id) return newer.concat(older);
  const all = new Map([...newer, ...older].map((event) => [event.id, event]));
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** @param {any} state @param {WamuxEvent[]} events oldest first */
function hold(state, events) {
  const fresh = events.filter((event) => passes(state.filter, event)).reverse();
  if (!fresh.length) return state;
  return {
    ...state,
    held: fresh.concat(state.held).slice(0, KEPT_EVENTS),
    heldCount: state.heldCount + fresh.length,
  };
}

/** Takes what was read after the stream may have missed something. @param {any} state @param {import('../store.js').Action} action */
function caughtUp(state, { list, more }) {
  const known = new Set([...state.list, ...state.held].map(({ id }) => id));
  const missed = list.filter((/** @type {WamuxEvent} */ { id }) => !known.has(id));
  if (!missed.length) return state;
  // Nothing of it is there: so much happened that there would be a hole.
  if (missed.length === list.length) return { ...state, list, more, held: [], heldCount: 0 };
  return { ...state, held: merge(missed, state.held), heldCount: state.heldCount + missed.length };
}

/** Shows what was held back. @param {any} state */
function release(state) {
  if (!state.held.length) return state;
  // More came than is kept: there would be a hole before what was shown.
  const base = state.heldCount > state.held.length ? [] : state.list;
  const all = merge(state.held, base);
  const cut = all.length > KEPT_EVENTS || base !== state.list;
  return {
    ...state,
    list: all.slice(0, KEPT_EVENTS),
    more: state.more || cut,
    held: [],
    heldCount: 0,
  };
}

export const events = {
  initial: {
    /** Whether the page is open: otherwise nothing is kept. */
    following: false,
    status: /** @type {import('../types.js').LoadStatus} */ ('idle'),
    error: /** @type {any} */ (null),
    filter: /** @type {EventFilter} */ ({}),
    list: /** @type {WamuxEvent[]} */ ([]),
    /** Whether there are older ones to read. */
    more: false,
    readingMore: false,
    held: /** @type {WamuxEvent[]} */ ([]),
    heldCount: 0,
    /** Halted by hand. */
    paused: false,
    /** Halted because the reader is further down. */
    away: false,
    /** Halted because a row has the focus: Enter should open what is read. */
    focused: false,
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    switch (action.type) {
      case 'eventsPage':
        return { ...state, page: { ...state.page, ...action.changes } };
      case 'eventsOpened':
        return { ...events.initial, following: true, status: 'loading', filter: action.filter, paused: state.paused };
      case 'eventsClosed':
        return events.initial;
      case 'eventsRead':
        if (action.filter !== state.filter) return state;
        return { ...state, status: 'ready', error: null, list: action.list, more: action.more };
      case 'eventsCaughtUp':
        return action.filter === state.filter && state.status === 'ready' ? caughtUp(state, action) : state;
      case 'eventsFailed':
        return action.filter === state.filter ? { ...state, status: 'failed', error: action.error } : state;
      case 'eventsReadingMore':
        return { ...state, readingMore: action.busy };
      case 'eventsReadMore':
        if (action.filter !== state.filter) return state;
        return { ...state, readingMore: false, list: merge(state.list, action.list), more: action.more };
      case 'eventsPaused':
        return release({ ...state, paused: action.paused });
      case 'eventsAway':
        return { ...state, away: action.away ?? state.away, focused: action.focused ?? state.focused };
      case 'eventsReleased':
        return release(state);
      case 'events':
        return state.following ? hold(state, action.events) : state;
      case 'streamGap':
        return state.following ? hold(state, [action.event]) : state;
      default:
        return state;
    }
  },
};

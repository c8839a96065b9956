// The page's state and the one way to change it. Pure: no network, no page, no clock.
import { events } from './store/events.js';
import { linking } from './store/linking.js';
import { live } from './store/live.js';
import { messages } from './store/messages.js';
import { sandbox } from './store/sandbox.js';
import { sessions } from './store/sessions.js';
import { shell } from './store/shell.js';
import { stats } from './store/stats.js';
import { webhooks } from './store/webhooks.js';

/** A part of the state: where it begins, and what an action makes of it. Parts do not know each other. */
const PARTS = { shell, live, sessions, linking, messages, webhooks, events, sandbox, stats };

/** @typedef {{type: string, [key: string]: any}} Action */
/** @typedef {{[Name in keyof typeof PARTS]: typeof PARTS[Name]['initial']}} State */

const names = /** @type {(keyof typeof PARTS)[]} */ (Object.keys(PARTS));

export const initialState = /** @type {State} */ (Object.fromEntries(names.map((name) => [name, PARTS[name].initial])));

/**
 * The state after an action. The same object comes back when nothing changed, so that nothing is drawn anew.
 * `signedOut` forgets all that was read with the key.
 * @param {State} state @param {Action} action @returns {State}
 */
export function reduce(state, action) {
  const base = action.type === 'signedOut' ? { ...initialState, shell: state.shell } : state;
  let next = base;
  for (const name of names) {
    const part = /** @type {any} */ (PARTS[name]).reduce(base[name], action);
    if (part !== base[name]) next = { ...next, [name]: part };
  }
  return next;
}

/** @param {State} [state] */
export function createStore(state = initialState) {
  /** @type {Set<(state: State, action: Action) => void>} */
  const listeners = new Set();
  return {
    get state() {
      return state;
    },
    /** @param {Action} action */
    dispatch(action) {
      const before = state;
      state = reduce(state, action);
      if (state !== before) for (const listener of listeners) listener(state, action);
    },
    /** @param {(state: State, action: Action) => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
/** @typedef {ReturnType<typeof createStore>} Store */

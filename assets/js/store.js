// The page's state and the one way to change it. Pure: no network, no page, no clock.
import { live, shell } from './store/shell.js';

/** @typedef {{type: string, [key: string]: any}} Action */
/** A part of the state: where it begins, and what an action makes of it. Parts do not know each other. @typedef {{initial: any, reduce: (part: any, action: Action) => any}} Part */
/** @typedef {Record<string, Part>} Parts */
/** @typedef {import('./types.js').State} State */

/** @param {Parts} parts */
export const initialOf = (parts) =>
  /** @type {State} */ (Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.initial])));

/**
 * The state after an action. The same object comes back when nothing changed, so that nothing is drawn anew.
 * `signedOut` forgets all that was read with the key.
 * @param {Parts} parts @param {State} state @param {Action} action @returns {State}
 */
export function reduce(parts, state, action) {
  const base = action.type === 'signedOut' ? { ...initialOf(parts), shell: state.shell } : state;
  let next = /** @type {any} */ (base);
  for (const [name, { reduce }] of Object.entries(parts)) {
    const before = /** @type {any} */ (base)[name];
    const part = reduce(before, action);
    if (part !== before) next = { ...next, [name]: part };
  }
  return /** @type {State} */ (next);
}

/** What is not there at the beginning comes with the page that needs it. @param {Parts} [first] */
export function createStore(first = { shell, live }) {
  const parts = { ...first };
  let state = initialOf(parts);
  /** @type {Set<(state: State, action: Action) => void>} */
  const listeners = new Set();
  return {
    get state() {
      return state;
    },
    /** @param {string} name @param {Part} part */
    register(name, part) {
      if (parts[name]) return;
      parts[name] = part;
      state = { ...state, [name]: part.initial };
    },
    /** @param {Action} action */
    dispatch(action) {
      // What was asked for with a key that is not in use any more concerns nobody.
      if (action.error?.code === 'stale') return;
      const before = state;
      state = reduce(parts, state, action);
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

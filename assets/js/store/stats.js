// State of the overview: figures of a period, and what went wrong lately.
import { newest, problemOf } from '../figures.js';

/** @typedef {import('../figures.js').Problem} Problem */

export const stats = {
  initial: {
    status: /** @type {import('../types.js').LoadStatus} */ ('idle'),
    error: /** @type {any} */ (null),
    /** What the figures were asked for with, and the figures. */
    asked: /** @type {{period: import('../figures.js').PeriodName, client: string|undefined}|null} */ (null),
    data: /** @type {import('../types.js').Stats|null} */ (null),
    /** Whether the overview is open, and then the last event that was heard: figures are to be read anew. */
    following: false,
    heard: '',
    /** Newest first; `null` until they have been looked for. */
    problems: /** @type {Problem[]|null} */ (null),
    /** Why they could not be looked for. */
    problemsError: /** @type {any} */ (null),
    /** Which charts are shown as tables; whether the first steps are put away. */
    page: /** @type {Record<string, any>} */ ({}),
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    switch (action.type) {
      case 'statsLoading':
        return state.data || state.status === 'loading' ? state : { ...state, status: 'loading' };
      case 'statsLoaded':
        return { ...state, status: 'ready', error: null, data: action.data, asked: action.asked };
      case 'statsFailed':
        // What was read before stays on the page; the frame tells that the daemon does not answer.
        return { ...state, status: state.data && !action.anew ? 'ready' : 'failed', error: action.error };
      case 'problemsLoaded':
        return { ...state, problemsError: null, problems: newest([...(state.problems ?? []), ...action.problems]) };
      case 'problemsFailed':
        return { ...state, problemsError: action.error };
      case 'events': {
        if (!state.following) return state;
        const found = action.events.map(problemOf).filter(Boolean);
        const problems = found.length ? newest([...found, ...(state.problems ?? [])]) : state.problems;
        return { ...state, problems, heard: action.events.at(-1)?.id };
      }
      case 'statsFollowed':
        return { ...state, following: action.on };
      case 'statsPage':
        return { ...state, page: { ...state.page, ...action.changes } };
      default:
        return state;
    }
  },
};

// Actions of the overview: reads its figures, and keeps them current while it is open.
import { periodName, periodOf, problemOf, SESSION_PROBLEMS } from '../figures.js';

/** While events come, figures are read this often at most. */
const THROTTLE_MS = 5_000;
/** What moves without events, as the share of time connected. */
const QUIET_MS = 60_000;
/** What was read so lately is not read again because the stream has begun. */
const JUST_NOW_MS = 10_000;
/** Pages of events that are looked through for messages that failed. */
const PAGES = 5;

/** What went wrong lately. @param {import('../actions.js').Context} context */
function problemActions({ api, dispatch, fail }) {
  /** The failed messages among the latest events of messages. */
  async function failedMessages() {
    const found = [];
    let before;
    for (let page = 0; page < PAGES && found.length < 10; page += 1) {
      const { data, nextCursor } = await api.listEvents({ order: 'desc', type: 'message.state', limit: 200, before });
      found.push(...data.map(problemOf).filter(Boolean));
      if (!nextCursor) break;
      before = nextCursor;
    }
    return found;
  }

  let begun = 0;

  async function loadProblems() {
    begun = Date.now();
    try {
      const [messages, sessions] = await Promise.all([
        failedMessages(),
        api.listEvents({ order: 'desc', type: SESSION_PROBLEMS.join(), limit: 30 }),
      ]);
      dispatch({ type: 'problemsLoaded', problems: [...messages, ...sessions.data.map(problemOf).filter(Boolean)] });
    } catch (/** @type {any} */ error) {
      // The live stream adds what happens from now on.
      dispatch({ type: 'problemsFailed', error });
      if (error.status === 401) fail(error);
    }
  }

  return { loadProblems, problemsAt: () => begun };
}

/** @param {import('../actions.js').Context} context */
export function statsActions(context) {
  const { store, api, dispatch, fail } = context;
  const { loadProblems, problemsAt } = problemActions(context);
  const wanted = () => {
    const { period, client } = store.state.shell.route.query;
    return { period: periodName(period), client: client || undefined };
  };
  const same = (/** @type {any} */ a, /** @type {any} */ b) => a?.period === b?.period && a?.client === b?.client;

  async function load() {
    const asked = wanted();
    dispatch({ type: 'statsLoading' });
    try {
      const data = await api.stats({ ...periodOf(asked.period, Date.now()), clientId: asked.client });
      if (same(asked, wanted())) dispatch({ type: 'statsLoaded', data, asked });
    } catch (/** @type {any} */ error) {
      if (!same(asked, wanted())) return;
      dispatch({ type: 'statsFailed', error, anew: !same(asked, store.state.stats.asked) });
      if (error.status === 401) fail(error);
    }
  }

  /** Keeps the figures current until the function that it gives back is called. */
  function follow() {
    let timer = /** @type {any} */ (0);
    let due = Number.POSITIVE_INFINITY;
    let last = 0;
    /** @param {number} at */
    function plan(at) {
      if (at >= due) return;
      clearTimeout(timer);
      due = at;
      timer = setTimeout(run, Math.max(0, at - Date.now()));
    }
    async function run() {
      const { period } = wanted();
      clearTimeout(timer);
      due = Number.POSITIVE_INFINITY;
      last = Date.now();
      plan(Math.min(last + QUIET_MS, Date.parse(periodOf(period, last).to) + 1_000));
      await load();
    }
    const stop = store.subscribe((state, { type }) => {
      if (type === 'navigated' && state.shell.route.name === 'overview' && !same(wanted(), state.stats.asked)) run();
      if (type === 'events' || type === 'liveChanged' || type === 'sessionsLoaded') plan(last + THROTTLE_MS);
    });
    dispatch({ type: 'statsFollowed', on: true });
    run();
    loadProblems();
    return () => {
      dispatch({ type: 'statsFollowed', on: false });
      stop();
      clearTimeout(timer);
    };
  }

  return {
    follow,
    load,
    loadProblems,
    /** Events may have been missed, and with them what went wrong. */
    onFresh() {
      const { following, problems, problemsError } = store.state.stats;
      if (following && (problems || problemsError) && Date.now() - problemsAt() > JUST_NOW_MS) loadProblems();
    },
    /** Changes what the overview shows. @param {Record<string, any>} changes */
    page: (changes) => dispatch({ type: 'statsPage', changes }),
  };
}

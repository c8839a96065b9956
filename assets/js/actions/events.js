// Actions of the page of events: reading back, following, halting.

/** What comes live is shown this often, however much it is. */
const SHOW_MS = 250;
const PAGE = 100;

/** @param {Record<string, string>} query @returns {import('../store/events.js').EventFilter} */
const filterOf = ({ type, session, client }) => ({ type, sessionId: session, clientId: client });

/** @param {import('../actions.js').Context} context */
export function eventActions({ store, api, dispatch, fail }) {
  const page = () => store.state.events;
  const read = (/** @type {any} */ filter, /** @type {string} */ before) =>
    api.listEvents({ ...filter, order: 'desc', before, limit: PAGE });

  let reading = /** @type {Promise<void>|null} */ (null);

  /** Reads the newest ones that the address asks for. */
  function load() {
    reading = readNewest();
    return reading;
  }

  async function readNewest() {
    const filter = filterOf(store.state.shell.route.query);
    dispatch({ type: 'eventsOpened', filter });
    try {
      const { data, nextCursor } = await read(filter, '');
      dispatch({ type: 'eventsRead', filter, list: data, more: Boolean(nextCursor) });
    } catch (/** @type {any} */ error) {
      if (error.status === 401) return fail(error);
      dispatch({ type: 'eventsFailed', filter, error });
    }
  }

  /** Reads what may have been missed, once what was asked for before is there. */
  async function catchUp() {
    await reading;
    const { following, status, filter } = page();
    if (!following) return;
    if (status !== 'ready') return load();
    // Without an answer, the stream's next beginning asks again.
    const answer = await read(filter, '').catch(() => null);
    if (answer) dispatch({ type: 'eventsCaughtUp', filter, list: answer.data, more: Boolean(answer.nextCursor) });
  }

  return {
    onFresh: catchUp,
    /** Changes what the page shows. @param {Record<string, any>} changes */
    page: (changes) => dispatch({ type: 'eventsPage', changes }),
    load,
    /** Reads, follows, and reads anew when the address asks for others. Gives back what ends that. */
    open() {
      load();
      let { query } = store.state.shell.route;
      const end = store.subscribe(({ shell: { route } }) => {
        if (route.name !== 'events' || route.query === query) return;
        const same = JSON.stringify(filterOf(route.query)) === JSON.stringify(filterOf(query));
        query = route.query;
        if (!same) load();
      });
      const timer = setInterval(() => {
        const { held, paused, away, focused, status } = page();
        if (held.length && !paused && !away && !focused && status === 'ready') dispatch({ type: 'eventsReleased' });
      }, SHOW_MS);
      return () => {
        end();
        clearInterval(timer);
        dispatch({ type: 'eventsClosed' });
      };
    },
    /** Reads what was before the oldest one that is shown. */
    async more() {
      const { list, filter, readingMore } = page();
      if (readingMore || !list.length) return;
      dispatch({ type: 'eventsReadingMore', busy: true });
      try {
        const { data, nextCursor } = await read(filter, list[list.length - 1].id);
        dispatch({ type: 'eventsReadMore', filter, list: data, more: Boolean(nextCursor) });
      } catch (error) {
        dispatch({ type: 'eventsReadingMore', busy: false });
        fail(error);
      }
    },
    /** @param {boolean} paused */
    pause: (paused) => dispatch({ type: 'eventsPaused', paused }),
    /** Whether the reader is further down, where nothing should move. @param {boolean} away */
    away: (away) => dispatch({ type: 'eventsAway', away }),
    /** Whether a row has the focus. @param {boolean} focused */
    focused: (focused) => dispatch({ type: 'eventsAway', focused }),
    release: () => dispatch({ type: 'eventsReleased' }),
  };
}

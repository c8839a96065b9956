// Actions of the page of one session: its timeline and its failures, kept current while it is looked at.

/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

const PAGE = 30;
const FAILURES = 5;
/** Signs of life come without an event. */
const PULSE_MS = 10_000;
const SETTLE_MS = 400;

/** @param {import('../actions.js').Context} context @param {(id: string) => Promise<void>} refresh */
export function sessionDetail({ store, api, dispatch }, refresh) {
  let settling = false;
  const idOf = () => store.state.sessions.detail.id;

  /** @param {string} id @param {string|null} [before] */
  const read = (id, before) => api.listEvents({ sessionId: id, type: 'session.*', order: 'desc', limit: PAGE, before });

  /** @param {string} id */
  async function loadTimeline(id) {
    const change = (/** @type {any} */ changes) => dispatch({ type: 'timelineChanged', id, changes });
    if (store.state.sessions.detail.timeline.status !== 'ready') change({ status: 'loading', error: null });
    try {
      const { data, nextCursor } = await read(id);
      change({ status: 'ready', error: null, list: data, cursor: nextCursor });
    } catch (error) {
      change({ status: 'failed', error });
    }
  }

  /** @param {string} id */
  async function loadFailures(id) {
    const change = (/** @type {any} */ changes) => dispatch({ type: 'failuresChanged', id, changes });
    try {
      const { data } = await api.listMessages(id, { state: 'failed', limit: FAILURES });
      change({ status: 'ready', error: null, list: data });
    } catch (error) {
      change({ status: 'failed', error });
    }
  }

  async function reload() {
    const id = idOf();
    if (!id) return;
    loadTimeline(id);
    await refresh(id);
    // Of a session that is not there, there is no more to ask.
    if (id === idOf() && !store.state.sessions.detail.missing) loadFailures(id);
  }

  return {
    reload,
    /** Looks at a session until the function that comes back is called. @param {string} id */
    watch(id) {
      dispatch({ type: 'sessionLookedAt', id });
      reload();
      const pulse = setInterval(() => refresh(id), PULSE_MS);
      return () => {
        clearInterval(pulse);
        dispatch({ type: 'sessionLookedAt', id: null });
      };
    },
    /** The next page of what was before. */
    async more() {
      const { id, timeline } = store.state.sessions.detail;
      if (!id || timeline.busy) return;
      const change = (/** @type {any} */ changes) => dispatch({ type: 'timelineChanged', id, changes });
      change({ busy: true });
      try {
        const { data, nextCursor } = await read(id, timeline.cursor);
        const { list } = store.state.sessions.detail.timeline;
        change({ busy: false, list: [...list, ...data], cursor: nextCursor });
      } catch (error) {
        change({ busy: false, error });
      }
    },
    /** @param {WamuxEvent[]} events */
    onEvents(events) {
      const id = idOf();
      const failed = events.some(
        ({ type, sessionId, data }) => sessionId === id && type === 'message.state' && data.state === 'failed',
      );
      if (!failed || settling) return;
      settling = true;
      setTimeout(() => {
        settling = false;
        if (id && id === idOf()) loadFailures(id);
      }, SETTLE_MS);
    },
  };
}

// Actions on sessions that every page needs: loading all of them, and keeping them current.
import { allOf } from '../api.js';

/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

/** Events come in bursts; a session is read anew once for each. */
const SETTLE_MS = 250;

/** @param {import('../actions.js').Context} context */
export function sessionActions(context) {
  const { store, api, device, dispatch, fail } = context;
  /** @type {Set<string>} */
  const stale = new Set();
  let loading = /** @type {{key: string|null, work: Promise<void>}|null} */ (null);

  async function loadAll() {
    dispatch({ type: 'sessionsLoading' });
    try {
      dispatch({ type: 'sessionsLoaded', sessions: await allOf(api.listSessions, device.key) });
    } catch (/** @type {any} */ error) {
      dispatch({ type: 'sessionsFailed', error });
      if (error.status === 401) fail(error);
    }
  }

  /** @param {string} id */
  async function refresh(id) {
    try {
      const session = await api.getSession(id);
      if (id === store.state.sessions.detail.id) dispatch({ type: 'ticked', now: Date.now() });
      dispatch({ type: 'sessionLoaded', session });
    } catch (/** @type {any} */ error) {
      if (error.status !== 404) return;
      dispatch({ type: 'sessionGone', id });
      dispatch({ type: 'sessionMissing', id });
    }
  }

  function refreshStale() {
    const ids = [...stale];
    stale.clear();
    ids.forEach(refresh);
  }

  /** Reads all sessions; calls that come while it reads share the one reading, as long as the key is the same. */
  function load() {
    const key = device.key();
    if (loading?.key === key) return loading.work;
    const own = { key, work: loadAll() };
    loading = own;
    own.work.finally(() => {
      if (loading === own) loading = null;
    });
    return own.work;
  }

  return {
    load,
    onFresh: load,
    refresh,
    /** What an event does not say (phone, counters) is read anew. @param {WamuxEvent[]} events */
    onEvents(events) {
      const { byId, detail } = store.state.sessions;
      for (const { type, sessionId } of events) {
        const told = type === 'session.created' || type === 'session.connected' || type === 'session.loggedOut';
        const ofSession = type.startsWith('session.') && type !== 'session.deleted';
        const watched = sessionId === detail.id && type !== 'session.deleted';
        if (!told && !watched && !(ofSession && !byId.has(sessionId))) continue;
        if (!stale.size) setTimeout(refreshStale, SETTLE_MS);
        stale.add(sessionId);
      }
    },
  };
}

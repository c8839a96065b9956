// Actions on sessions: loading all of them, keeping them current.
import { allPages } from '../api.js';

/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

/** Events come in bursts; a session is read anew once for each. */
const SETTLE_MS = 250;

/** @param {import('../actions.js').Context} context */
export function sessionActions({ store, api, dispatch, fail }) {
  /** @type {Set<string>} */
  const stale = new Set();
  let loading = /** @type {Promise<void>|null} */ (null);

  async function loadAll() {
    dispatch({ type: 'sessionsLoading' });
    try {
      const sessions = [];
      for await (const page of allPages(api.listSessions)) sessions.push(...page);
      dispatch({ type: 'sessionsLoaded', sessions });
    } catch (/** @type {any} */ error) {
      dispatch({ type: 'sessionsFailed', error });
      if (error.status === 401) fail(error);
    }
  }

  /** @param {string} id */
  async function refresh(id) {
    try {
      dispatch({ type: 'sessionLoaded', session: await api.getSession(id) });
    } catch (/** @type {any} */ error) {
      if (error.status === 404) dispatch({ type: 'sessionGone', id });
    }
  }

  function refreshStale() {
    const ids = [...stale];
    stale.clear();
    ids.forEach(refresh);
  }

  return {
    /** Reads all sessions; calls that come while it reads share the one reading. */
    load() {
      loading ??= loadAll().finally(() => {
        loading = null;
      });
      return loading;
    },
    refresh,
    /** What an event does not say (phone, counters) is read anew. @param {WamuxEvent[]} events */
    onEvents(events) {
      for (const { type, sessionId } of events) {
        const told = type === 'session.created' || type === 'session.connected' || type === 'session.loggedOut';
        const unknown =
          type.startsWith('session.') && type !== 'session.deleted' && !store.state.sessions.byId.has(sessionId);
        if (!told && !unknown) continue;
        if (!stale.size) setTimeout(refreshStale, SETTLE_MS);
        stale.add(sessionId);
      }
    },
  };
}

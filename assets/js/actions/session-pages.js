// Actions of the pages on sessions: what is done with one, and looking at it.
import { sessionCreation } from './session-create.js';
import { sessionDetail } from './session-detail.js';
import { sessionLinking } from './session-linking.js';
import { sessionVerbs } from './session-verbs.js';

/** @param {import('../actions.js').Context} context @param {ReturnType<typeof import('./sessions.js').sessionActions>} all what every page has */
export function sessionPageActions(context, all) {
  const detail = sessionDetail(context, all.refresh);
  const linking = sessionLinking(context, all.refresh);
  /** Reads all sessions, and the one that is looked at. */
  function load() {
    detail.reload();
    return all.load();
  }
  return {
    ...all,
    load,
    onFresh: load,
    ...sessionCreation(context, linking),
    ...sessionVerbs(context, linking),
    watch: detail.watch,
    moreTimeline: detail.more,
    reloadDetail: detail.reload,
    linking,
    /** Changes what the pages on sessions hold. @param {Record<string, any>} changes */
    page: (changes) => context.dispatch({ type: 'sessionsPage', changes }),
    /** @param {import('../types.js').WamuxEvent[]} events */
    onEvents(events) {
      linking.onEvents(events);
      detail.onEvents(events);
      all.onEvents(events);
    },
  };
}

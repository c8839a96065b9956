// Actions of the live stream: what it tells goes to all parts of the page.
import { timeOfId } from '../format.js';

/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

/** @param {import('../actions.js').Context} context */
export function liveActions({ dispatch, groups }) {
  return {
    /** Events that came over the stream. @param {WamuxEvent[]} events */
    take(events) {
      // What has just happened is not in the future.
      dispatch({ type: 'ticked', now: Date.now() });
      dispatch({ type: 'events', events });
      for (const { onEvents } of groups.values()) onEvents?.(events);
    },
    /** Events are missing in the stream: they were removed for their age. @param {{after: string, removedUntil: string}} gap */
    gap(gap) {
      const event = { id: gap.removedUntil, type: 'stream.gap', seq: 0, at: timeOfId(gap.removedUntil), data: gap };
      dispatch({ type: 'streamGap', event });
    },
    /** What is known may be old: reads it anew. */
    refresh() {
      for (const { onFresh } of groups.values()) onFresh?.();
    },
  };
}

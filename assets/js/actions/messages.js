// Actions of the pages on messages, and what live events mean for them.
import { chatActions } from './messages/chats.js';
import { detailActions } from './messages/detail.js';
import { sendActions } from './messages/send.js';

/** @param {import('../actions.js').Context} context */
export function messageActions(context) {
  const { dispatch } = context;
  const chats = chatActions(context);
  const detail = detailActions(context);
  return {
    ...chats,
    ...detail,
    ...sendActions(context, chats),
    /** Changes what the pages on messages show. @param {Record<string, any>} changes */
    page: (changes) => dispatch({ type: 'messagesPage', changes }),
    /** @param {import('../types.js').WamuxEvent[]} events */
    onEvents(events) {
      chats.onEvents(events);
      detail.onEvents(events);
    },
    /** What is shown may be old: reads it anew. */
    onFresh() {
      chats.catchUp();
      detail.reload();
    },
  };
}

// Actions on one message: reading it with its timeline, keeping both current, cancelling it.
import { t } from '../../i18n.js';
import { recipientOf } from '../../outgoing.js';
import { href } from '../../router.js';
import { messageOf } from '../../store/messages/step.js';

const SETTLE_MS = 250;
/** Attempts of webhooks are no events: as long as one is under way, the timeline is asked for. */
const POLL_MS = 4_000;
const QUIET_MS = 12_000;

/** @param {import('../../actions.js').Context} context */
export function detailActions({ store, api, platform, dispatch, toast, fail }) {
  const detail = () => store.state.messages.detail;
  let timer = /** @type {any} */ (null);
  let lively = 0;

  async function read() {
    const { id } = detail();
    if (!id) return;
    clearTimeout(timer);
    try {
      const [message, timeline] = await Promise.all([api.getMessage(id), api.getTimeline(id)]);
      if (detail().id !== id) return;
      dispatch({ type: 'messageLoaded', message, steps: timeline.data });
    } catch (/** @type {any} */ error) {
      if (detail().id !== id) return;
      dispatch({ type: 'messageFailed', error });
      if (error.status === 401) fail(error);
    }
    if (detail().id !== id || detail().status === 'failed') return;
    const telling = detail().steps.some((/** @type {any} */ step) => step.deliveryState === 'pending');
    if (telling || Date.now() - lively < QUIET_MS) timer = setTimeout(read, POLL_MS);
  }

  /** The name of the chat, which the message does not say. @param {string} id */
  async function readName(id) {
    const { message } = detail();
    if (!message || message.id !== id) return;
    const page = await api.listChats(message.sessionId, { q: message.chatId, limit: 1 }).catch(() => null);
    if (page?.data[0]?.name) dispatch({ type: 'messageNamed', id, name: page.data[0].name });
  }

  return {
    /** @param {string} id */
    openMessage(id) {
      dispatch({ type: 'messageAsked', id });
      lively = Date.now();
      read().then(() => readName(id));
      return () => {
        clearTimeout(timer);
        dispatch({ type: 'messageAsked', id: '' });
      };
    },
    reload: () => (detail().id ? read() : undefined),
    /** @param {import('../../types.js').WamuxEvent[]} events */
    onEvents(events) {
      if (!detail().id || !events.some((event) => messageOf(event) === detail().id)) return;
      lively = Date.now();
      clearTimeout(timer);
      timer = setTimeout(read, SETTLE_MS);
    },
    /** Takes back a message that waits. @param {string} id */
    async cancelMessage(id) {
      dispatch({ type: 'messageCancelling', on: true });
      try {
        const message = await api.cancelMessage(id);
        dispatch({ type: 'messagesSeen', messages: [message] });
        toast({ kind: 'ok', text: t('timeline.cancelled') });
      } catch (error) {
        fail(error);
      }
      dispatch({ type: 'messageCancelling', on: false });
      if (detail().id === id) read();
    },
    /** Opens the send form with what a message had. @param {import('../../types.js').Message} message */
    sendAgain(message) {
      const changes = { sessionId: message.sessionId, to: recipientOf(message), text: message.text ?? '' };
      dispatch({ type: 'messagesPage', changes: { ...changes, combo: null, errors: {} } });
      platform.navigate(href('messages'));
    },
  };
}

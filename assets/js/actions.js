// What views call. Talks to the API, tells the store what came of it, and shows outcomes as toasts. Nothing else uses the API.
import { eventActions } from './actions/events.js';
import { messageActions } from './actions/messages.js';
import { sandboxActions } from './actions/sandbox.js';
import { sessionActions } from './actions/sessions.js';
import { shellActions } from './actions/shell.js';
import { statsActions } from './actions/stats.js';
import { webhookActions } from './actions/webhooks.js';
import { errorText } from './errors.js';
import { timeOfId } from './format.js';

/** @typedef {import('./types.js').Toast} Toast */
/** @typedef {import('./types.js').WamuxEvent} WamuxEvent */

/**
 * What the page can do beyond asking the API; main.js knows how.
 * @typedef {object} Platform
 * @property {(hash: string, options?: {replace?: boolean}) => void} navigate
 * @property {() => boolean} isSmall whether the screen is a phone's
 * @property {(text: string) => Promise<void>} copy
 * @property {() => boolean} isVisible whether somebody can see the page
 * @property {(language: import('./i18n.js').Language) => Promise<void>} useLanguage
 * @property {(theme: 'system'|'light'|'dark') => void} useTheme
 * @property {string} origin the address that the page was opened under
 * @property {() => void} follow begins to follow the live stream
 * @property {() => void} unfollow
 */

/**
 * What every group of actions is made from.
 * @typedef {object} Context
 * @property {import('./store.js').Store} store
 * @property {import('./api.js').Api} api
 * @property {import('./device.js').Device} device
 * @property {Platform} platform
 * @property {(action: import('./store.js').Action) => void} dispatch
 * @property {(toast: Omit<Toast, 'id'>) => void} toast
 * @property {(error: any, title?: string) => void} fail shows a failure as a toast, and asks for a key when it is the key's
 * @property {(request: import('./types.js').ConfirmRequest) => Promise<boolean>} confirm
 */

const TOAST_MS = 5_000;
const BAD_TOAST_MS = 12_000;

/** @param {Pick<Context, 'dispatch'>} context */
function toasts({ dispatch }) {
  let count = 0;
  return {
    /** @param {Omit<Toast, 'id'>} toast */
    toast(toast) {
      const id = ++count;
      dispatch({ type: 'toastShown', toast: { ...toast, id } });
      setTimeout(
        () => dispatch({ type: 'toastGone', id }),
        toast.kind === 'bad' || toast.action ? BAD_TOAST_MS : TOAST_MS,
      );
    },
    /** @param {number} id */
    closeToast: (id) => dispatch({ type: 'toastGone', id }),
  };
}

/** @param {Pick<Context, 'dispatch'>} context */
function questions({ dispatch }) {
  let answer = (/** @type {boolean} */ _yes) => {};
  return {
    /** Asks first. @param {import('./types.js').ConfirmRequest} request @returns {Promise<boolean>} */
    confirm(request) {
      answer(false);
      dispatch({ type: 'confirmAsked', request });
      return new Promise((done) => {
        answer = done;
      });
    },
    /** @param {boolean} yes */
    answerConfirm(yes) {
      dispatch({ type: 'confirmAsked', request: null });
      answer(yes);
    },
  };
}

/** @param {{store: import('./store.js').Store, api: import('./api.js').Api, device: import('./device.js').Device, platform: Platform}} parts */
export function createActions({ store, api, device, platform }) {
  const dispatch = store.dispatch;
  const { toast, closeToast } = toasts({ dispatch });
  const { confirm, answerConfirm } = questions({ dispatch });
  /** @type {Context['fail']} */
  const fail = (error, title) => {
    if (error?.status === 401) return shell.signOut(error);
    const text = errorText(error);
    toast({ kind: 'bad', text: title ?? text, detail: title ? text : undefined });
  };
  /** @type {Context} */
  const context = { store, api, device, platform, dispatch, toast, fail, confirm };
  const shell = shellActions(context);
  const sessions = sessionActions(context);
  const messages = messageActions(context);
  return {
    ...shell,
    closeToast,
    confirm,
    answerConfirm,
    toast,
    sessions,
    messages,
    webhooks: webhookActions(context),
    events: eventActions(context),
    sandbox: sandboxActions(context),
    stats: statsActions(context),
    /** Events that came over the stream. @param {WamuxEvent[]} events */
    take(events) {
      // What has just happened is not in the future.
      dispatch({ type: 'ticked', now: Date.now() });
      dispatch({ type: 'events', events });
      sessions.onEvents(events);
      messages.onEvents(events);
    },
    /** Events are missing in the stream: they were removed for their age. @param {{after: string, removedUntil: string}} gap */
    gap(gap) {
      const event = { id: gap.removedUntil, type: 'stream.gap', seq: 0, at: timeOfId(gap.removedUntil), data: gap };
      dispatch({ type: 'streamGap', event });
    },
    /** What is known may be old: reads it anew. */
    refresh() {
      sessions.load();
      shell.loadClients();
      messages.refresh();
    },
  };
}
/** @typedef {ReturnType<typeof createActions>} Actions */

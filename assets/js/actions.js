// What views call. Talks to the API, tells the store what came of it, and shows outcomes as toasts. Nothing else uses the API.
import { shellActions } from './actions/shell.js';
import { errorText } from './errors.js';

/** @typedef {import('./types.js').Toast} Toast */

/**
 * What the page can do beyond asking the API; main.js knows how.
 * @typedef {object} Platform
 * @property {(hash: string, options?: {replace?: boolean}) => void} navigate
 * @property {() => boolean} isSmall whether the screen is a phone's
 * @property {(text: string) => Promise<void>} copy
 * @property {(url: string) => void} open in a new tab
 * @property {() => boolean} isVisible whether somebody can see the page
 * @property {(language: import('./i18n.js').Language) => Promise<void>} useLanguage
 * @property {(theme: 'system'|'light'|'dark') => void} useTheme
 * @property {() => import('./handover.js').Channel} channel to other tabs of this page
 * @property {(bytes: Uint8Array<ArrayBuffer>) => Uint8Array} random fills them
 * @property {string} origin the address that the page was opened under
 * @property {() => Promise<void>} prepare loads what is needed as soon as somebody has signed in
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
 * @property {Map<string, any>} groups what pages brought; a group may hear of the stream: `onEvents(events)`, and `onFresh()` after a gap
 */

/** Makes a group of actions, perhaps upon what is there already under its name. @typedef {(context: Context, before: any) => object} MakeGroup */

/**
 * The groups by name; each is there when a page that needs it is.
 * @typedef {object} Groups
 * @property {ReturnType<typeof import('./actions/live.js').liveActions>} live
 * @property {ReturnType<typeof import('./actions/session-pages.js').sessionPageActions>} sessions
 * @property {ReturnType<typeof import('./actions/messages.js').messageActions>} messages
 * @property {ReturnType<typeof import('./actions/webhooks.js').webhookActions>} webhooks
 * @property {ReturnType<typeof import('./actions/events.js').eventActions>} events
 * @property {ReturnType<typeof import('./actions/sandbox.js').sandboxActions>} sandbox
 * @property {ReturnType<typeof import('./actions/stats.js').statsActions>} stats
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
    if (error?.code === 'stale') return;
    if (error?.status === 401) return shell.signOut(error);
    const text = errorText(error);
    toast({ kind: 'bad', text: title ?? text, detail: title ? text : undefined });
  };
  /** @type {Map<string, any>} */
  const groups = new Map();
  /** @type {Context} */
  const context = { store, api, device, platform, dispatch, toast, fail, confirm, groups };
  const shell = shellActions(context);
  groups.set('shell', shell);
  const actions = {
    ...shell,
    closeToast,
    confirm,
    answerConfirm,
    toast,
    /** @param {string} name @param {MakeGroup} make */
    add(name, make) {
      const group = make(context, groups.get(name));
      groups.set(name, group);
      Object.assign(actions, { [name]: group });
    },
  };
  return /** @type {typeof actions & Groups} */ (actions);
}
/** @typedef {ReturnType<typeof createActions>} Actions */

// State of the frame around the pages: who is signed in, which page, toasts, the open dialog, the clock, the live stream.

/** @typedef {import('../types.js').Toast} Toast */

export const shell = {
  initial: {
    phase: /** @type {'starting'|'signedOut'|'signedIn'} */ ('starting'),
    signingIn: false,
    /** Why the person is asked for a key: the key of a sentence, or nothing. */
    signInError: /** @type {any} */ (null),
    me: /** @type {import('../types.js').Me|null} */ (null),
    clients: /** @type {import('../types.js').Client[]} */ ([]),
    route: /** @type {import('../types.js').Route} */ ({ name: 'overview', params: {}, query: {} }),
    language: /** @type {import('../i18n.js').Language} */ ('en'),
    theme: /** @type {'system'|'light'|'dark'} */ ('system'),
    /** Whether the key stays on this device. */
    kept: false,
    toasts: /** @type {Toast[]} */ ([]),
    confirm: /** @type {import('../types.js').ConfirmRequest|null} */ (null),
    /** The dialog that a page has open, with what it needs to know: one at a time. */
    dialog: /** @type {{name: string, [key: string]: any}|null} */ (null),
    menuOpen: false,
    /** The time that relative times are told from; it moves on by itself. */
    now: 0,
  },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    switch (action.type) {
      case 'signingIn':
        return { ...state, signingIn: true, signInError: null };
      case 'signedIn':
        return { ...state, phase: 'signedIn', signingIn: false, signInError: null, me: action.me, kept: action.kept };
      case 'signedOut':
        return {
          ...state,
          phase: 'signedOut',
          signingIn: false,
          signInError: action.error ?? null,
          me: null,
          clients: [],
          dialog: null,
          confirm: null,
          menuOpen: false,
        };
      case 'clientsLoaded':
        return { ...state, clients: action.clients };
      case 'navigated':
        return { ...state, route: action.route, dialog: null, confirm: null, menuOpen: false };
      case 'languageChosen':
        return { ...state, language: action.language };
      case 'themeChosen':
        return { ...state, theme: action.theme };
      case 'keptChosen':
        return { ...state, kept: action.kept };
      case 'toastShown':
        return { ...state, toasts: [...state.toasts, action.toast].slice(-4) };
      case 'toastGone':
        return { ...state, toasts: state.toasts.filter((/** @type {Toast} */ toast) => toast.id !== action.id) };
      case 'confirmAsked':
        return { ...state, confirm: action.request };
      case 'dialogOpened':
        return { ...state, dialog: action.dialog };
      case 'dialogClosed':
        return state.dialog ? { ...state, dialog: null } : state;
      case 'menuToggled':
        return { ...state, menuOpen: action.open };
      case 'ticked':
        return { ...state, now: action.now };
      default:
        return state;
    }
  },
};

/** Whether what is shown is current. */
export const live = {
  initial: { status: /** @type {import('../types.js').LiveStatus} */ ('connecting') },

  /** @param {any} state @param {import('../store.js').Action} action */
  reduce(state, action) {
    return action.type === 'liveChanged' && action.status !== state.status ? { status: action.status } : state;
  },
};

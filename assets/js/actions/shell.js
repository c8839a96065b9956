// Actions of the frame: signing in and out, language, theme, dialogs, copying.
import { ApiError, allOf } from '../api.js';
import { errorText } from '../errors.js';
import { loadWords, t } from '../i18n.js';

/** The words for what the API may say; without them, it speaks for itself. */
const loadErrors = () => loadWords(['errors']).catch(() => {});

/** @param {import('../actions.js').Context} context */
export function shellActions(context) {
  const { api, device, platform, dispatch, fail } = context;
  /** The key that was typed in, until it is known whether it is right. */
  let tried = /** @type {{key: string, keep: boolean}|null} */ (null);

  /** @param {import('../types.js').Me} me @param {boolean} kept */
  function begin(me, kept) {
    dispatch({ type: 'signedIn', me, kept });
    platform.follow();
  }

  /** Who the key is, when all is there that is needed then. */
  const prepared = async () => (await Promise.all([api.me(), platform.prepare()]))[0];

  /** Asks who the key is; the key stays only when it is right. @param {string} key @param {boolean} keep */
  async function signIn(key, keep) {
    dispatch({ type: 'signingIn' });
    device.setKey(key.trim(), keep);
    try {
      const me = await prepared();
      tried = null;
      begin(me, keep);
    } catch (/** @type {any} */ error) {
      await loadErrors();
      tried = error.status === 401 ? null : { key, keep };
      signOut(error);
    }
  }

  /** @param {any} [error] */
  function signOut(error) {
    platform.unfollow();
    device.forgetKey();
    dispatch({ type: 'signedOut', error });
  }

  /** Signs in with the key that this browser keeps; without an answer, the key is kept for the next try. */
  async function resume() {
    const key = device.key();
    if (!key) return dispatch({ type: 'signedOut' });
    try {
      begin(await prepared(), device.isKept());
    } catch (/** @type {any} */ error) {
      await loadErrors();
      if (error.status === 401) signOut(error);
      else dispatch({ type: 'signedOut', error });
    }
  }

  async function loadClients() {
    try {
      dispatch({ type: 'clientsLoaded', clients: await allOf(api.listClients, device.key) });
    } catch (/** @type {any} */ error) {
      // The filters do without; a wrong key is told.
      if (error.status === 401) fail(error);
    }
  }

  return {
    signIn,
    signOut,
    resume,
    loadClients,
    /** Tries again with the key that was typed in, or with the one that is kept. */
    retry() {
      if (tried) return signIn(tried.key, tried.keep);
      dispatch({ type: 'signingIn' });
      return resume();
    },
    onFresh: loadClients,
    ...keyActions(context, begin),
    ...windowActions(context),
  };
}

/** What is done with the key of somebody who has signed in. @param {import('../actions.js').Context} context @param {(me: import('../types.js').Me, kept: boolean) => void} begin */
function keyActions({ api, device, platform, dispatch, toast }, begin) {
  return {
    /** Another key in place of the one in use, which stays until the new one is known to be right. @param {string} key */
    async changeKey(key) {
      const kept = device.isKept();
      try {
        const me = await api.me(key);
        platform.unfollow();
        device.setKey(key, kept);
        // What was read with the other key may not be this one's to see.
        dispatch({ type: 'signedOut' });
        begin(me, kept);
        toast({ kind: 'ok', text: t('settings.keyChanged') });
        return true;
      } catch (/** @type {any} */ error) {
        toast({ kind: 'bad', text: error.status === 401 ? t('signIn.wrongKey') : errorText(error) });
        return false;
      }
    },
    /** Whether the key stays on this device. @param {boolean} keep */
    keepKey(keep) {
      const key = device.key();
      if (!key) return;
      device.setKey(key, keep);
      dispatch({ type: 'keptChosen', kept: keep });
    },
  };
}

/** What needs no answer of the API. @param {import('../actions.js').Context} context */
function windowActions({ store, device, platform, dispatch, toast, fail }) {
  return {
    /** @param {import('../i18n.js').Language} language */
    async chooseLanguage(language) {
      try {
        await platform.useLanguage(language);
      } catch {
        await loadErrors();
        return fail(new ApiError({ code: 'network' }), t('common.languageFailed'));
      }
      device.set('language', language);
      dispatch({ type: 'languageChosen', language });
    },
    /** @param {'system'|'light'|'dark'} theme */
    chooseTheme(theme) {
      platform.useTheme(theme);
      device.set('theme', theme);
      dispatch({ type: 'themeChosen', theme });
    },
    /** @param {string} hash as made by `href` @param {{replace?: boolean}} [options] */
    navigate: (hash, options) => platform.navigate(hash, options),
    /** @param {string} name @param {Record<string, any>} [more] */
    openDialog: (name, more = {}) => dispatch({ type: 'dialogOpened', dialog: { name, ...more } }),
    closeDialog: () => dispatch({ type: 'dialogClosed' }),
    /** @param {boolean} open */
    toggleMenu: (open) => dispatch({ type: 'menuToggled', open }),
    /** Copies; says whether it worked, so that the button can. @param {string} text */
    async copy(text) {
      try {
        await platform.copy(text);
        return true;
      } catch {
        toast({ kind: 'bad', text: t('common.copyFailed') });
        return false;
      }
    },
    /** Whether the key may do this. @param {string} scope */
    may(scope) {
      const scopes = store.state.shell.me?.scopes ?? [];
      return scopes.includes('admin') || scopes.includes(scope);
    },
  };
}

// Linking in the dashboard: opens and closes the dialog, and tells the linking what the store learns of its session.
import { language, loadWords, t } from '../i18n.js';
import { href } from '../router.js';
import { isDown, titleOf } from '../sessions.js';

/** How long the success is shown before the dialog closes by itself. */
const SUCCESS_MS = 2_200;
/** How long a pairing link is good when nobody chooses. */
const HOUR_SECS = 3_600;

/** Sandbox: a simulated phone scans the code, or types it. @param {import('../store/linking.js').Linking} linking @param {import('../api.js').Api} api */
async function simulate({ id, method, typed }, api) {
  if (!id) return;
  if (method === 'scan' || !typed.code) {
    await api.simulatorPost('mock-phone/scan-qr', {}, (await api.getQr(id, 10)).qr);
    return;
  }
  const phone = typed.phone.replace(/\D/g, '');
  // It may be there already.
  await api.simulatorPost('phone/create', { phone }).catch(() => {});
  await api.simulatorPost('phone/enter-code', { phone }, typed.code);
}

/** What only linking needs is loaded with the first dialog. */
async function loadLinking() {
  const [{ createLinking }] = await Promise.all([import('./linking.js'), loadWords(['pairing'])]);
  return createLinking;
}

/** Links to send. @param {import('../actions.js').Context} context */
function createPairing({ store, api, dispatch }) {
  /** Makes a link for whoever has the phone; the one before it ends. @param {number} [expiresIn] seconds */
  async function send(expiresIn = HOUR_SECS) {
    const { id } = store.state.linking;
    if (!id) return;
    const show = (/** @type {any} */ pairing) =>
      dispatch({ type: 'sessionsPage', changes: { pairing: { id, expiresIn, ...pairing } } });
    show({ busy: true });
    try {
      const link = await api.createPairingLink(id, { expiresIn, locale: language() });
      show({ link });
    } catch (error) {
      show({ error });
    }
  }

  return {
    send,
  };
}

/** The passkey, by the extension: it comes back to a page that gives the answer to this one. @param {import('../actions.js').Context} context @param {(credential: unknown) => void} onCredential */
function createSigning({ store, platform }, onCredential) {
  let state = '';
  let stop = () => {};
  return {
    async sign() {
      const [{ newState, signingAddress }, { takeOver }] = await Promise.all([
        import('../passkey.js'),
        import('../handover.js'),
      ]);
      const { options } = store.state.linking.passkey;
      if (!options) return;
      stop();
      state = newState(platform.random);
      stop = takeOver({ channel: platform.channel(), state, onCredential });
      platform.open(signingAddress({ options, origin: platform.origin, state }));
    },
    end: () => stop(),
  };
}

/** What the dialog asks of the linking that is open. @param {() => import('./linking.js').Linker|null} linker */
const relay = (linker) => ({
  again: () => linker()?.again(),
  /** @param {string} phone */
  askCode: (phone) => linker()?.askCode(phone),
  otherNumber: () => linker()?.otherNumber(),
  restart: () => linker()?.restart(),
  /** @param {unknown} credential */
  givePasskey: (credential) => linker()?.givePasskey(credential),
  /** @param {{code: string}} error */
  unreadable: (error) => linker()?.unreadable(error),
  /** @param {boolean} same */
  compared: (same) => linker()?.compared(same),
});

/** @param {import('../actions.js').Context} context @param {(id: string) => Promise<void>} refresh */
export function sessionLinking(context, refresh) {
  const { store, api, dispatch, platform, toast, fail } = context;
  let linker = /** @type {import('./linking.js').Linker|null} */ (null);
  let unsubscribe = () => {};

  const session = () => store.state.sessions.byId.get(store.state.linking.id ?? '');
  const isOpen = () => store.state.shell.dialog?.name === 'link';

  const signing = createSigning(context, (credential) => linker?.givePasskey(credential));

  function close() {
    unsubscribe();
    signing.end();
    linker?.close();
    linker = null;
  }

  function done() {
    const { id } = store.state.linking;
    setTimeout(() => {
      const linked = session();
      if (!linked || linked.id !== id || !isOpen()) return;
      dispatch({ type: 'dialogClosed' });
      const open = { label: t('sessions.open'), run: () => platform.navigate(href('session', { id: linked.id })) };
      const there = store.state.shell.route.params.id === linked.id;
      toast({ kind: 'ok', text: t('sessions.linked', { name: titleOf(linked) }), action: there ? undefined : open });
    }, SUCCESS_MS);
  }

  /** @param {string} id @param {typeof import('./linking.js').createLinking} createLinking */
  function begin(id, createLinking) {
    close();
    dispatch({ type: 'linkingOpened', id, codeFirst: platform.isSmall() });
    dispatch({ type: 'dialogOpened', dialog: { name: 'link', id } });
    dispatch({ type: 'sessionsPage', changes: { pairing: null } });
    const made = createLinking({
      id,
      api,
      dispatch,
      state: () => store.state.linking,
      refresh: () => refresh(id),
      onDone: done,
    });
    linker = made;
    let before = session();
    if (before?.linking) made.follow(before);
    else if (before) made.since(before);
    // The dialog closes in many ways; whichever it was, nothing is asked for any more.
    unsubscribe = store.subscribe(() => {
      if (!isOpen()) return close();
      const now = session();
      const changed = now !== before;
      // What it dispatches comes back here.
      before = now;
      if (now && changed) made.follow(now);
    });
    made.begin();
  }

  return {
    /** Shows the dialog; a session that is down is started first. @param {string} id */
    async open(id) {
      const known = store.state.sessions.byId.get(id);
      try {
        const createLinking = await loadLinking();
        if (known && isDown(known)) dispatch({ type: 'sessionLoaded', session: await api.startSession(id) });
        begin(id, createLinking);
      } catch (error) {
        fail(error);
      }
    },
    /** @param {WamuxEvent[]} events */
    onEvents: (events) => linker?.onEvents(events),
    /** @param {'scan'|'type'} method */
    choose: (method) => dispatch({ type: 'linkingMethod', method }),
    ...relay(() => linker),
    ...createPairing(context),
    sign: signing.sign,
    simulate: () => simulate(store.state.linking, api).catch(fail),
  };
}
/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

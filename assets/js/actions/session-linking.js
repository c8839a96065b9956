// Linking in the dashboard: opens and closes the dialog, and tells the linking what the store learns of its session.
import { t } from '../i18n.js';
import { href } from '../router.js';
import { isDown, titleOf } from '../sessions.js';
import { createLinking } from './linking.js';

/** How long the success is shown before the dialog closes by itself. */
const SUCCESS_MS = 2_200;

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

/** @param {import('../actions.js').Context} context @param {(id: string) => Promise<void>} refresh */
export function sessionLinking({ store, api, dispatch, platform, toast, fail }, refresh) {
  let linker = /** @type {import('./linking.js').Linker|null} */ (null);
  let unsubscribe = () => {};

  const session = () => {
    const { id } = store.state.linking;
    return id ? store.state.sessions.byId.get(id) : undefined;
  };
  const isOpen = () => store.state.shell.dialog?.name === 'link';

  function close() {
    unsubscribe();
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

  /** @param {string} id */
  function begin(id) {
    close();
    dispatch({ type: 'linkingOpened', id, codeFirst: platform.isSmall() });
    dispatch({ type: 'dialogOpened', dialog: { name: 'link', id } });
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
    // The dialog closes in many ways; whichever it was, nothing is asked for any more.
    unsubscribe = store.subscribe(() => {
      if (!isOpen()) return close();
      const now = session();
      if (now && now !== before) made.follow(now);
      before = now;
    });
    made.begin();
  }

  return {
    /** Shows the dialog; a session that is down is started first. @param {string} id */
    async open(id) {
      const known = store.state.sessions.byId.get(id);
      try {
        if (known && isDown(known)) dispatch({ type: 'sessionLoaded', session: await api.startSession(id) });
        begin(id);
      } catch (error) {
        fail(error);
      }
    },
    /** @param {WamuxEvent[]} events */
    onEvents: (events) => linker?.onEvents(events),
    /** @param {'scan'|'type'} method */
    choose: (method) => dispatch({ type: 'linkingMethod', method }),
    again: () => linker?.again(),
    /** @param {string} phone */
    askCode: (phone) => linker?.askCode(phone),
    otherNumber: () => linker?.otherNumber(),
    simulate: () => simulate(store.state.linking, api).catch(fail),
  };
}
/** @typedef {import('../types.js').WamuxEvent} WamuxEvent */

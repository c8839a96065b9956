// Actions of the sandbox: looks at the simulated world while it is open, and has phones do things.
import { errorText } from '../errors.js';
import { t } from '../i18n.js';
import { digits, planWith } from '../simulated.js';

const POLL_MS = 2_000;
/** How long a session is asked for a code to scan, in seconds. */
const QR_WAIT = 8;

/** The simulator says what is wrong in words of its own. @param {any} error */
const said = (error) => (typeof error?.problem?.error === 'string' ? error.problem.error : errorText(error));

/** @param {import('../actions.js').Context} context */
function watching({ store, api, dispatch, fail }) {
  const chosen = () => {
    const { phone } = store.state.shell.route.query;
    return phone ?? store.state.sandbox.world?.phones[0]?.phone ?? '';
  };

  async function look() {
    try {
      const [world, faults] = await Promise.all([api.simulatorGet('state'), api.simulatorGet('faults')]);
      dispatch({ type: 'sandboxSeen', seen: { world, faults } });
      const phone = chosen();
      if (!world.phones.some((/** @type {any} */ one) => one.phone === phone)) return;
      const inbox = await api.simulatorGet('phone/inbox', { phone });
      if (phone === chosen()) dispatch({ type: 'sandboxSeen', seen: { inboxOf: phone, inbox } });
    } catch (/** @type {any} */ error) {
      dispatch({ type: 'sandboxFailed', error });
      if (error.status === 401) fail(error);
    }
  }

  /** Looks every two seconds until the function that it gives back is called. */
  function follow() {
    let timer = /** @type {any} */ (0);
    let over = false;
    let phone = chosen();
    async function round() {
      await look();
      if (!over) timer = setTimeout(round, POLL_MS);
    }
    const stop = store.subscribe((_state, { type }) => {
      if (type !== 'navigated' || phone === chosen()) return;
      phone = chosen();
      look();
    });
    dispatch({ type: 'sandboxLoading' });
    round();
    return () => {
      over = true;
      stop();
      clearTimeout(timer);
    };
  }
  return { look, follow };
}

/** @param {import('../actions.js').Context} context @param {() => Promise<void>} look */
function runner({ api, dispatch, toast, fail }, look) {
  /**
   * Has the simulator do something; what came of it is seen at once.
   * @param {string} verb @param {Record<string, unknown>} query @param {{text?: string, ok?: string, phone?: string}} [options] @returns {Promise<any>} nothing when it did not
   */
  async function run(verb, query, { text, ok } = {}) {
    dispatch({ type: 'sandboxBusy', verb });
    try {
      const answer = await api.simulatorPost(verb, query, text);
      if (ok) toast({ kind: 'ok', text: ok });
      await look();
      return answer ?? true;
    } catch (/** @type {any} */ error) {
      if (error.status === 401) fail(error);
      else toast({ kind: 'bad', text: t('sandbox.refused'), detail: said(error) });
      return null;
    } finally {
      dispatch({ type: 'sandboxBusy', verb: null });
    }
  }
  const mood = (/** @type {string} */ phone, /** @type {any} */ change) =>
    dispatch({ type: 'sandboxMood', phone, mood: change });

  return { run, mood };
}
/** @typedef {ReturnType<typeof runner>} Runner */

/** Making phones and groups, and linking. @param {import('../actions.js').Context} context @param {Runner} runner */
const linkVerbs = ({ api, dispatch, fail }, { run }) => ({
  /** @param {string} name @param {string} phone may be empty */
  createPhone: (name, phone) =>
    run('phone/create', { name, phone: digits(phone) }, { ok: t('sandbox.created', { name }) }),
  /** @param {string} by @param {string} subject @param {string[]} members */
  createGroup: (by, subject, members) =>
    run('group/create', { by, subject, members: members.join() }, { ok: t('sandbox.groupCreated', { name: subject }) }),
  /** The phone scans the code that a session shows. @param {string} phone @param {string} sessionId */
  async scan(phone, sessionId) {
    dispatch({ type: 'sandboxBusy', verb: 'mock-phone/scan-qr' });
    try {
      const { qr } = await api.getQr(sessionId, QR_WAIT);
      await run('mock-phone/scan-qr', { phone }, { text: qr, ok: t('sandbox.scanned', { session: sessionId }) });
    } catch (error) {
      fail(error, t('sandbox.noCode', { session: sessionId }));
    } finally {
      dispatch({ type: 'sandboxBusy', verb: null });
    }
  },
  /** @param {string} phone @param {string} code */
  enterCode: (phone, code) => run('phone/enter-code', { phone }, { text: code.trim(), ok: t('sandbox.codeTaken') }),
});

/** What a phone's user does in chats. @param {import('../actions.js').Context} context @param {Runner} runner */
const chatVerbs = ({ dispatch, toast }, { run, mood }) => ({
  /** @param {string} phone @param {string} to @param {string} text */
  async say(phone, to, text) {
    const answer = await run('phone/send', { from: phone, to }, { text });
    if (answer) dispatch({ type: 'sandboxSaid', phone, said: { id: answer.id, chat: to, text, at: Date.now() } });
    return Boolean(answer);
  },
  /** @param {string} phone @param {string} chat */
  async read(phone, chat) {
    const answer = await run('phone/read', { phone, chat });
    if (answer) toast({ kind: 'ok', text: t('sandbox.wasRead', { count: answer.ids.length }) });
  },
  /** @param {string} phone @param {string} chat @param {boolean} typing */
  async typing(phone, chat, typing) {
    const answer = await run('phone/typing', { phone, chat, state: typing ? 'composing' : 'paused' });
    if (answer) dispatch({ type: 'sandboxPage', changes: { typing: typing ? `${phone} ${chat}` : '' } });
  },
  /** @param {string} phone @param {boolean} online */
  online: (phone, online) => run(online ? 'phone/online' : 'phone/offline', { phone }),
  /** @param {string} phone @param {string} text empty ends it */
  async autoReply(phone, text) {
    const ok = text ? t('sandbox.autoReplyOn') : t('sandbox.autoReplyOff');
    if (await run('phone/auto-reply', { phone }, { text, ok })) mood(phone, { autoReply: text });
  },
});

/** What goes wrong. @param {import('../actions.js').Context} context @param {Runner} runner */
const troubleVerbs = ({ store, toast }, { run, mood }) => ({
  /** @param {string} phone @param {number} device */
  unlink: (phone, device) => run('device/remove', { phone, device }, { ok: t('sandbox.unlinked') }),
  /** @param {string} phone */
  async kick(phone) {
    const answer = await run('kick', { phone });
    if (answer) toast({ kind: 'ok', text: t('sandbox.kicked', { count: answer.connections }) });
  },
  /** A ban begins to be felt at the next login, so the line is cut, too. @param {string} phone @param {number} seconds */
  async ban(phone, seconds) {
    if (!(await run('ban', { phone, code: 101, expire: seconds }))) return;
    mood(phone, { bannedUntil: Date.now() + seconds * 1000 });
    await run('kick', { phone }, { ok: t('sandbox.banned') });
  },
  /** @param {string} phone */
  async forgive(phone) {
    if (await run('forgive', { phone }, { ok: t('sandbox.forgiven') })) mood(phone, { bannedUntil: 0 });
  },
  /** @param {string} phone @param {boolean} on */
  async silent(phone, on) {
    const ok = on ? t('sandbox.silentOn') : t('sandbox.silentOff');
    if (await run('silent', { phone, on }, { ok })) mood(phone, { silent: on });
  },
  /** @param {string} phone empty for everybody @param {any} chances @param {number} seed */
  beginFaults: (phone, chances, seed) =>
    run(
      'faults',
      {},
      {
        text: JSON.stringify(planWith(store.state.sandbox.faults?.plan ?? null, phone, chances, seed)),
        ok: t('sandbox.faultsBegun'),
      },
    ),
  endFaults: () => run('faults', {}, { text: '{}', ok: t('sandbox.faultsEnded') }),
});

/** @param {import('../actions.js').Context} context */
export function sandboxActions(context) {
  const { look, follow } = watching(context);
  const does = runner(context, look);
  const { dispatch } = context;
  return {
    follow,
    look,
    /** Changes what the sandbox shows. @param {Record<string, any>} changes */
    page: (changes) => dispatch({ type: 'sandboxPage', changes }),
    ...linkVerbs(context, does),
    ...chatVerbs(context, does),
    ...troubleVerbs(context, does),
  };
}

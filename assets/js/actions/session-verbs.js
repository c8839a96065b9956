// What is done with a session: start, stop, restart, log out, delete. Each says what came of it.
import { t } from '../i18n.js';
import { href } from '../router.js';
import { titleOf } from '../sessions.js';

/** @typedef {import('../sessions.js').Verb} Verb */

/** What is asked before a phone is unlinked. @param {string} name */
const logoutQuestion = (name) => ({
  title: t('sessions.logoutTitle', { name }),
  text: t('sessions.logoutText'),
  points: [t('sessions.logoutQueue'), t('sessions.logoutKept'), t('sessions.logoutAgain')],
  confirmLabel: t('sessionVerbs.logout'),
  danger: true,
});

/** What is asked before a session is forgotten. @param {string} name @param {string} id */
const deleteQuestion = (name, id) => ({
  title: t('sessions.deleteTitle', { name }),
  text: t('sessions.deleteText'),
  points: [
    t('sessions.deleteMessages'),
    t('sessions.deleteEvents'),
    t('sessions.deletePhone'),
    t('sessions.deleteWebhooks', { id }),
  ],
  confirmLabel: t('sessionVerbs.delete'),
  danger: true,
  typed: id,
});

/** Works on one session at a time, which shows it. @param {import('../actions.js').Context} context */
function worker({ store, dispatch, fail }) {
  /** Nothing comes back when it failed. @template T @param {string} id @param {Verb} verb @param {() => Promise<T>} work */
  return async (id, verb, work) => {
    const { busy, byId } = store.state.sessions;
    if (busy[id]) return undefined;
    dispatch({ type: 'sessionBusy', id, verb });
    try {
      return await work();
    } catch (error) {
      fail(error, t(`sessionFailed.${verb}`, { name: titleOf(byId.get(id) ?? { id, name: null }) }));
      return undefined;
    } finally {
      dispatch({ type: 'sessionBusy', id, verb: null });
    }
  };
}

/** @param {import('../actions.js').Context} context @param {{open: (id: string) => Promise<void>}} linking */
export function sessionVerbs(context, linking) {
  const { store, api, dispatch, platform, toast, confirm } = context;
  const working = worker(context);
  const nameOf = (/** @type {string} */ id) => titleOf(store.state.sessions.byId.get(id) ?? { id, name: null });

  /** @param {string} id @param {'start'|'stop'|'restart'} verb */
  async function run(id, verb) {
    const calls = { start: api.startSession, stop: api.stopSession, restart: api.restartSession };
    const session = await working(id, verb, () => calls[verb](id));
    if (!session) return;
    dispatch({ type: 'sessionLoaded', session });
    const undo = { label: t('sessions.undo'), run: () => run(id, 'start') };
    const text = t(`sessionDone.${verb}`, { name: nameOf(id) });
    toast({ kind: 'ok', text, action: verb === 'stop' ? undo : undefined });
  }

  /** What WhatsApp did not confirm, a person has to look after. @param {string} text @param {boolean} confirmed */
  const told = (text, confirmed) =>
    toast(confirmed ? { kind: 'ok', text } : { kind: 'info', text, detail: t('sessions.unlinkUnconfirmed') });

  /** @param {string} id */
  async function logout(id) {
    const name = nameOf(id);
    if (!(await confirm(logoutQuestion(name)))) return;
    const answer = await working(id, 'logout', () => api.logoutSession(id));
    if (!answer) return;
    const { unlinkConfirmed, ...session } = answer;
    dispatch({ type: 'sessionLoaded', session });
    told(t('sessionDone.logout', { name }), unlinkConfirmed);
  }

  /** @param {string} id */
  async function remove(id) {
    const name = nameOf(id);
    if (!(await confirm(deleteQuestion(name, id)))) return;
    const answer = await working(id, 'delete', () => api.deleteSession(id));
    if (!answer) return;
    if (store.state.shell.route.params.id === id) platform.navigate(href('sessions'));
    dispatch({ type: 'sessionGone', id });
    told(t('sessionDone.delete', { name }), answer.unlinkConfirmed);
  }

  return {
    /** @param {string} id @param {Verb} verb */
    act(id, verb) {
      dispatch({ type: 'sessionsPage', changes: { menu: null } });
      if (verb === 'link') return linking.open(id);
      if (verb === 'logout') return logout(id);
      if (verb === 'delete') return remove(id);
      return run(id, verb);
    },
  };
}

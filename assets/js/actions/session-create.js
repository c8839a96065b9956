// Makes a session from what a form says, and goes on to linking it.
import { createOnce } from '../once.js';
import { faultsOf } from '../sessions.js';

/** @typedef {{clientId: string, sessionId: string, name: string}} Entered */

/** A fault of one field belongs to that field; others to the whole form. @param {any} error */
function faultsIn(error) {
  if (error.code === 'session_exists') return { sessionId: 'errors.session_exists' };
  if (error.code === 'forbidden') return { clientId: 'sessions.clientForbidden' };
  const { field } = error.problem ?? {};
  if (error.code !== 'invalid_body' || !['clientId', 'sessionId', 'name'].includes(field)) return null;
  return { [field]: field === 'name' ? 'sessions.badName' : 'sessions.badId' };
}

/** @param {import('../actions.js').Context} context @param {{open: (id: string) => Promise<void>}} linking */
export function sessionCreation({ store, api, dispatch, fail }, linking) {
  const once = createOnce();
  const page = (/** @type {any} */ changes) => dispatch({ type: 'sessionsPage', changes });

  /** @param {Entered} entered */
  async function send(entered) {
    const wanted = /** @type {any} */ (Object.fromEntries(Object.entries(entered).filter(([, value]) => value)));
    try {
      const session = await once(wanted, (key) => api.createSession(wanted, key));
      dispatch({ type: 'sessionLoaded', session });
      await linking.open(session.id);
    } catch (/** @type {any} */ error) {
      if (error.status === 401) return fail(error);
      const faults = faultsIn(error);
      page(faults ? { faults } : { createError: error });
    }
  }

  return {
    /** @param {Entered} entered */
    async create(entered) {
      if (store.state.sessions.page.creating) return;
      const faults = faultsOf(entered, (id) => store.state.sessions.byId.has(id));
      page({ faults, createError: null });
      if (Object.keys(faults).length) return;
      page({ creating: true });
      await send(entered);
      page({ creating: false });
    },
    /** @param {string} [clientId] what the form begins with */
    openCreate(clientId) {
      page({ faults: {}, createError: null });
      dispatch({ type: 'dialogOpened', dialog: { name: 'create', clientId } });
    },
  };
}

// Actions on webhooks: making, changing, trying, and what they were told. Deliveries are no events, so they are asked for.
import { allOf } from '../api.js';
import { t } from '../i18n.js';
import { createOnce } from '../once.js';
import { href } from '../router.js';
import { togglePattern } from '../store/webhooks.js';

/** How often an open page asks, while something can have changed and somebody looks. */
const POLL_MS = 3_000;
const PAGE = 50;
/** What is wrong with a field that the API refused, where we can say more than it. @type {Record<string, string>} */
const OURS = { url: 'webhooks.badUrl', headers: 'webhooks.refusedHeaders', secret: 'webhooks.badSecret' };

/** @typedef {import('../types.js').Webhook} Webhook */
/** @typedef {import('../actions.js').Context} Context */

/** @param {import('../types.js').Route} route */
const sessionIn = ({ name, query }) => (name === 'webhooks' ? (query.session ?? '') : '');

/** Reading: all of them, one, its deliveries. @param {Context} context */
function reading({ store, api, device, dispatch, fail }) {
  const state = () => store.state.webhooks;

  /** All of them, or those of the session that the address names. */
  async function load() {
    const session = sessionIn(store.state.shell.route);
    dispatch({ type: 'webhooksLoading', session });
    try {
      const list = await allOf(api.listWebhooks, device.key, { sessionId: session });
      dispatch({ type: 'webhooksLoaded', list, session });
    } catch (/** @type {any} */ error) {
      if (error.status === 401) return fail(error);
      dispatch({ type: 'webhooksFailed', error, session });
    }
  }

  /** @param {string} id */
  async function loadOne(id) {
    try {
      dispatch({ type: 'webhookRead', hook: await api.getWebhook(id) });
    } catch (/** @type {any} */ error) {
      if (error.status === 401) return fail(error);
      if (error.status === 404) dispatch({ type: 'webhookGone', id });
      dispatch({ type: 'webhookFailed', id, error });
    }
  }

  /** The newest page of what it was told, or the one after what is there. @param {{more?: boolean}} [options] */
  async function loadDeliveries({ more = false } = {}) {
    const { id, filter, deliveries } = state();
    if (!id) return;
    dispatch({ type: 'deliveriesBusy', busy: more });
    try {
      const cursor = more ? deliveries.nextCursor : undefined;
      const page = await api.listDeliveries(id, { state: filter, limit: PAGE, cursor });
      dispatch({ type: 'deliveriesRead', id, filter, more, page });
    } catch (/** @type {any} */ error) {
      dispatch({ type: 'deliveriesBusy', busy: false });
      if (more || error.status === 401) return fail(error);
      if (state().deliveriesStatus !== 'ready') dispatch({ type: 'deliveriesFailed', id, error });
    }
  }

  /** @param {string} eventId */
  async function loadDelivery(eventId) {
    const { id } = state();
    if (!id) return;
    try {
      dispatch({ type: 'deliveryRead', delivery: await api.getDelivery(id, eventId) });
    } catch (/** @type {any} */ error) {
      if (error.status === 401) return fail(error);
      dispatch({ type: 'deliveryFailed', eventId, error });
    }
  }

  return { load, loadOne, loadDeliveries, loadDelivery };
}

/** @typedef {ReturnType<typeof reading>} Reading */

/** Pages that are open, and keep current. @param {Context} context @param {Reading} read */
function watching({ store, platform, dispatch, toast }, read) {
  const state = () => store.state.webhooks;

  /** Calls `look` now and then, when somebody can see it and it is due. @param {() => boolean} due @param {() => void} look */
  function watch(due, look) {
    let stale = false;
    const end = store.subscribe((_state, action) => {
      if (action.type === 'events') stale = true;
    });
    const timer = setInterval(() => {
      if (!platform.isVisible() || !(stale || due())) return;
      stale = false;
      look();
    }, POLL_MS);
    return () => {
      end();
      clearInterval(timer);
    };
  }

  /** Follows the address: which deliveries, and which of them is open. @param {string} id */
  function follow(id) {
    let seen = /** @type {Record<string, string>} */ ({});
    const look = () => {
      const { name, params, query } = store.state.shell.route;
      if (name !== 'webhook' || params.id !== id || query === seen) return;
      const before = seen;
      seen = query;
      if ((query.state ?? '') !== (before.state ?? '')) {
        dispatch({ type: 'deliveriesFiltered', filter: query.state ?? '' });
        read.loadDeliveries();
      }
      if (query.event === before.event) return;
      if (!query.event) return dispatch({ type: 'deliveryClosed' });
      dispatch({ type: 'deliveryOpened', eventId: query.event });
      read.loadDelivery(query.event);
    };
    look();
    return store.subscribe(look);
  }

  async function refresh() {
    const { id, open, again } = state();
    if (!id) return;
    const work = [read.loadOne(id), read.loadDeliveries()];
    if (open && open.delivery?.state !== 'delivered') work.push(read.loadDelivery(open.eventId));
    await Promise.all(work);
    if (!again || state().id !== id || !state().hook || state().hook?.health.pending) return;
    dispatch({ type: 'webhookAgain', count: 0 });
    toast({ kind: 'info', text: t('webhooks.againDone', { count: again }) });
  }

  return {
    refresh,
    /** The list, until it is left. */
    openList() {
      read.load();
      const ends = [
        watch(() => state().list.some(({ health }) => health.pending > 0), read.load),
        store.subscribe(({ shell: { route }, webhooks }) => {
          if (route.name === 'webhooks' && sessionIn(route) !== webhooks.session) read.load();
        }),
      ];
      return () => {
        for (const end of ends) end();
      };
    },
    /** One of them, until it is left. @param {string} id */
    openOne(id) {
      const filter = store.state.shell.route.query.state ?? '';
      dispatch({ type: 'webhookOpened', id, filter });
      read.loadOne(id);
      if (!filter) read.loadDeliveries();
      // The delivery that is looked at may have been read before it ended, and the webhook after.
      const underWay = () =>
        (state().hook?.health.pending ?? 0) > 0 || state().again > 0 || state().open?.delivery?.state === 'pending';
      const ends = [follow(id), watch(underWay, refresh)];
      return () => {
        for (const end of ends) end();
        dispatch({ type: 'webhookClosed' });
      };
    },
  };
}

/** The form of a new one or of a change. @param {Context} context @param {Reading} read */
function forms({ store, api, dispatch, toast, fail }, read) {
  const change = (/** @type {Record<string, any>} */ changes) => dispatch({ type: 'webhookForm', changes });
  const once = createOnce();
  let rows = 0;

  /** @param {Webhook|null} hook */
  function open(hook) {
    const { me } = store.state.shell;
    dispatch({
      type: 'webhookForm',
      fresh: true,
      changes: {
        scope: 'all',
        all: hook ? hook.events.includes('*') : true,
        patterns: hook ? hook.events.filter((pattern) => pattern !== '*') : [],
        rows: [],
        errors: {},
        error: null,
        ownClient: me?.clientId ?? null,
      },
    });
    dispatch({ type: 'dialogOpened', dialog: { name: 'webhook', hook } });
  }

  /** @param {any} error */
  function refuse(error) {
    if (error.status === 401) return fail(error);
    const fields = ['url', 'clientId', 'sessionId', 'events', 'headers', 'secret'];
    const known = error.code === 'session_not_found' ? 'sessionId' : error.problem?.field;
    if (fields.includes(known))
      change({
        errors: { [known]: OURS[known] && error.code === 'invalid_body' ? OURS[known] : error },
        error: null,
        busy: false,
      });
    else change({ errors: {}, error, busy: false });
  }

  return {
    openForm: open,
    form: change,
    /** @param {string} pattern @param {boolean} on */
    pattern: (pattern, on) =>
      change({ patterns: togglePattern(store.state.webhooks.form.patterns, pattern, on), errors: {} }),
    addHeader: (name = '') => change({ rows: [...store.state.webhooks.form.rows, { id: ++rows, name }] }),
    /** @param {number} id */
    removeHeader: (id) =>
      change({ rows: store.state.webhooks.form.rows.filter((/** @type {any} */ row) => row.id !== id) }),
    /** Makes a webhook, or changes one. @param {Webhook|null} hook @param {Record<string, unknown>} body */
    async save(hook, body) {
      change({ errors: {}, error: null, busy: true });
      try {
        if (hook) {
          dispatch({ type: 'webhookRead', hook: await api.updateWebhook(hook.id, body) });
          dispatch({ type: 'dialogClosed' });
          return toast({ kind: 'ok', text: t('webhooks.saved') });
        }
        const made = await once(body, (key) => api.createWebhook(body, key));
        dispatch({ type: 'dialogOpened', dialog: { name: 'secret', hook: made, created: true } });
        read.load();
      } catch (error) {
        refuse(error);
      }
    },
  };
}

/** What is done with one. @param {Context} context @param {Reading} read @param {() => void} refresh */
function doing({ store, api, platform, dispatch, toast, fail, confirm }, read, refresh) {
  /** @param {string} name @param {() => Promise<void>} work */
  async function busy(name, work) {
    if (store.state.webhooks.busy[name]) return;
    dispatch({ type: 'webhookBusy', name, busy: true });
    await work().catch(fail);
    dispatch({ type: 'webhookBusy', name, busy: false });
  }

  /** @param {Webhook} hook @param {boolean} enabled */
  const turn = (hook, enabled) =>
    busy('turn', async () => {
      dispatch({ type: 'webhookRead', hook: await api.updateWebhook(hook.id, { enabled }) });
      const undo = { label: t('webhooks.undo'), run: () => void turn(hook, !enabled) };
      toast({ kind: 'ok', text: t(enabled ? 'webhooks.turnedOn' : 'webhooks.turnedOff'), action: undo });
    });

  return {
    turn,
    /** Ends a pause: what waits is tried at once. @param {Webhook} hook */
    wake: (hook) =>
      busy('turn', async () => {
        dispatch({ type: 'webhookRead', hook: await api.updateWebhook(hook.id, { enabled: true }) });
        toast({ kind: 'info', text: t('webhooks.tryingNow') });
      }),
    /** @param {string} id */
    test: (id) =>
      busy('test', async () => {
        dispatch({ type: 'webhookTested', id, test: null });
        dispatch({ type: 'webhookTested', id, test: await api.testWebhook(id) });
      }),
    /** @param {string} id @param {number} graceHours */
    rotate: (id, graceHours) =>
      busy('rotate', async () => {
        const hook = await api.rotateSecret(id, graceHours);
        dispatch({ type: 'webhookRead', hook });
        dispatch({ type: 'dialogOpened', dialog: { name: 'secret', hook, created: false } });
      }),
    /** @param {Webhook} hook */
    async remove(hook) {
      const { pending } = hook.health;
      const points = [t('webhooks.lostSecret'), t('webhooks.lostDeliveries')];
      if (pending) points.unshift(t('webhooks.lostPending', { count: pending }));
      const title = t('webhooks.deleteTitle');
      const sure = { title, text: hook.url, points, confirmLabel: t('common.delete'), danger: true };
      if (!(await confirm(sure))) return;
      await busy('remove', async () => {
        await api.deleteWebhook(hook.id);
        dispatch({ type: 'webhookGone', id: hook.id });
        platform.navigate(href('webhooks'));
        toast({ kind: 'ok', text: t('webhooks.deleted') });
      });
    },
    /** @param {string} id @param {string} eventId */
    redeliver: (id, eventId) =>
      busy('redeliver', async () => {
        await api.redeliver(id, eventId);
        toast({ kind: 'ok', text: t('webhooks.againOne') });
        await Promise.all([refresh(), read.loadDelivery(eventId)]);
      }),
    /** @param {string} id */
    redeliverFailed: (id) =>
      busy('redeliverAll', async () => {
        const { redelivered } = await api.redeliverFailed(id);
        if (!redelivered) return toast({ kind: 'info', text: t('webhooks.againNone') });
        dispatch({ type: 'webhookAgain', count: redelivered });
        toast({ kind: 'ok', text: t('webhooks.againAll', { count: redelivered }) });
        refresh();
      }),
  };
}

/** The dialog with a secret, which is shown once. @param {Context} context */
function secrets({ store, platform, dispatch, toast, confirm }) {
  return {
    /** Before a secret that was not copied is gone for good. */
    async closeSecret() {
      const { dialog } = store.state.shell;
      const asked = {
        title: t('webhooks.secretSure'),
        text: t('webhooks.secretSureText'),
        confirmLabel: t('webhooks.secretStored'),
      };
      if (!dialog?.copied && !(await confirm(asked))) return;
      dispatch({ type: 'dialogClosed' });
      if (dialog?.created) platform.navigate(href('webhook', { id: dialog.hook.id }));
    },
    /** @param {string} text */
    async copySecret(text) {
      try {
        await platform.copy(text);
      } catch {
        toast({ kind: 'bad', text: t('common.copyFailed') });
        return false;
      }
      dispatch({ type: 'dialogOpened', dialog: { .../** @type {any} */ (store.state.shell.dialog), copied: true } });
      return true;
    },
  };
}

/** @param {Context} context */
export function webhookActions(context) {
  const read = reading(context);
  const watch = watching(context, read);
  return {
    /** Changes what the pages on webhooks show. @param {Record<string, any>} changes */
    page: (changes) => context.dispatch({ type: 'webhooksPage', changes }),
    load: read.load,
    loadOne: read.loadOne,
    loadDeliveries: read.loadDeliveries,
    loadDelivery: read.loadDelivery,
    openList: watch.openList,
    openOne: watch.openOne,
    ...forms(context, read),
    ...doing(context, read, watch.refresh),
    ...secrets(context),
  };
}

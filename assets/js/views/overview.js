// How everything is: sessions, messages, webhooks, over a chosen period, and where to act.
import { PERIODS, periodName, sessionsOf } from '../figures.js';
import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { href } from '../router.js';
import { needsAttention } from '../store/sessions.js';
import { latencyChart, messagesChart, shareChart } from './overview/charts.js';
import { checklist, stepsOf } from './overview/checklist.js';
import { problems } from './overview/problems.js';
import { messagesToday, sessionStates } from './overview/states.js';
import { tiles } from './overview/tiles.js';
import { errorPanel } from './parts/error.js';
import { page } from './parts/page.js';
import { segmented } from './parts/segmented.js';
import { select } from './parts/select.js';
import { skeleton } from './parts/skeleton.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */

/** @param {State} _state @param {Actions} actions */
export const enter = (_state, actions) => actions.stats.follow();

/** @param {State} state @param {Actions} actions */
function choices({ shell }, actions) {
  const { query } = shell.route;
  const go = (/** @type {Record<string, string>} */ changes) =>
    actions.navigate(href('overview', {}, { ...query, ...changes }), { replace: true });
  const clients = shell.clients.map(({ clientId }) => ({ value: clientId, label: clientId }));
  return html`${
    clients.length > 1 || query.client
      ? html`<div class="min-w-0 max-sm:grow sm:w-44">${select({
          id: 'client',
          label: t('overview.client'),
          value: query.client ?? '',
          options: [{ value: '', label: t('overview.allClients') }, ...clients],
          onChange: (client) => go({ client }),
        })}</div>`
      : nothing
  }
  ${segmented({
    name: 'period',
    label: t('overview.period'),
    value: periodName(query.period),
    options: Object.keys(PERIODS).map((name) => ({ value: name, label: t(`overviewPeriods.${name}`) })),
    onChange: (period) => go({ period }),
  })}`;
}

const loading = () => html`<div class="space-y-4" role="status">
  <span class="sr-only">${t('common.loading')}</span>
  <div class="tiles">${Array.from({ length: 6 }, () => skeleton('h-26 rounded-xl'))}</div>
  <div class="grid gap-4 lg:grid-cols-3">${skeleton('h-56 rounded-xl lg:col-span-2')}${skeleton('h-56 rounded-xl')}</div>
  ${skeleton('h-80 rounded-xl')}
</div>`;

/** @param {State} state @param {Actions} actions */
function figures(state, actions) {
  const { client } = state.shell.route.query;
  const sessions = sessionsOf(state.sessions.byId, client);
  const { data } = state.stats;
  if (!data) return nothing;
  return html`${tiles(state, data, sessions)}
    <div class="overview-row">
      ${problems(state, sessions.filter(needsAttention), actions)}${sessionStates(sessions)}
    </div>
    <div class="overview-row">${messagesChart(state, data, actions)}${messagesToday(data, state.shell.now)}</div>
    <div class="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">${shareChart(state, data, actions)}${latencyChart(state, data, actions)}</div>`;
}

/** @param {State} state @param {Actions} actions */
export function view(state, actions) {
  const { stats, sessions } = state;
  const retry = () => actions.stats.load();
  const steps = stepsOf(state);
  const first = sessions.status === 'ready' && !sessions.byId.size;
  const body =
    stats.status === 'failed'
      ? errorPanel({ error: stats.error, onRetry: retry })
      : !stats.data || sessions.status === 'idle' || sessions.status === 'loading'
        ? loading()
        : html`<div class="space-y-4">${steps ? checklist(state, steps, actions) : nothing}${first ? nothing : figures(state, actions)}</div>`;
  return page({
    title: t('nav.overview'),
    subtitle: t('overview.subtitle'),
    actions: first && steps ? undefined : choices(state, actions),
    body,
  });
}

// The charts of the overview, each with its sense in a sentence and a table in its place if wanted.
import { FATES, fateSeries, highest, lowest, middles, sum } from '../../figures.js';
import { compact, date, dayName, duration, hours, number, percent } from '../../format.js';
import { t } from '../../i18n.js';
import { html } from '../../lit.js';
import { button } from '../parts/button.js';
import { chart, chartTable } from '../parts/chart.js';
import { icon } from '../parts/icon.js';
import { card } from '../parts/page.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Stats} Stats */
/** @typedef {import('../../types.js').Actions} Actions */

/** @param {Stats} data @returns {(index: number) => string} */
const whenOf =
  ({ series, bucketSeconds }) =>
  (index) => {
    const from = Date.parse(series[index].at);
    return bucketSeconds >= 86_400 ? dayName(from + bucketSeconds * 500) : hours(from, from + bucketSeconds * 1000);
  };

/** What all three share. @param {State} state @param {Stats} data */
function frameOf({ shell }, data) {
  const day = data.bucketSeconds >= 86_400;
  const until = new Date(Date.parse(data.to) - 1).toISOString();
  return {
    at: middles(data),
    bucketSeconds: data.bucketSeconds,
    when: whenOf(data),
    whole: day || data.bucketSeconds > 3_600 ? `${date(data.from)} – ${date(until)}` : t('overview.last24'),
    look: `${shell.language} ${shell.theme}`,
  };
}

/** @param {{id: string, title: string, summary: string, empty: string|null, options: any, state: State, actions: Actions}} parts */
function chartCard({ id, title, summary, empty, options, state, actions }) {
  const tables = state.stats.page.tables ?? {};
  const asTable = Boolean(tables[id]);
  const all = { ...options, id: `${id}-chart`, label: title, describedBy: `${id}-summary` };
  const turn = () => actions.stats.page({ tables: { ...tables, [id]: !asTable } });
  return card({
    id,
    title,
    text: html`<span id="${id}-summary">${summary}</span>`,
    actions: empty
      ? undefined
      : button({
          label: asTable ? t('overview.asChart') : t('overview.asTable'),
          icon: asTable ? 'activity' : 'menu',
          kind: 'quiet',
          small: true,
          onClick: turn,
        }),
    body: empty
      ? html`<div class="chart-empty">${icon('activity')}<p>${empty}</p></div>`
      : asTable
        ? chartTable(all)
        : chart(all),
  });
}

/** @param {State} state @param {Stats} data @param {Actions} actions */
export function messagesChart(state, data, actions) {
  const layers = FATES.map((fate) => {
    const values = fateSeries(data, fate);
    return {
      label: t(`messageStates.${fate === 'waiting' ? 'queued' : fate}`),
      color: `chart-${fate}`,
      values,
      total: number(sum(values)),
    };
  });
  const incoming = data.series.map((bucket) => bucket.in);
  const frame = frameOf(state, data);
  const totals = frame.at.map((_, index) => sum(layers.map(({ values }) => values[index])));
  const best = highest(totals);
  const failed = sum(fateSeries(data, 'failed'));
  const some = sum(totals) + sum(incoming) > 0;
  const summary =
    best < 0
      ? t('overview.noneSent')
      : t('overview.messagesSummary', {
          out: sum(totals),
          incoming: sum(incoming),
          failed,
          best: frame.when(best),
          most: totals[best],
        });
  return chartCard({
    id: 'messages',
    title: t('overview.messagesChart'),
    summary,
    empty: some ? null : t('overview.noneInPeriod'),
    state,
    actions,
    options: {
      ...frame,
      format: number,
      axis: compact,
      layers: [
        ...layers,
        {
          label: t('overview.received'),
          color: 'chart-in',
          kind: 'below',
          values: incoming,
          total: number(sum(incoming)),
        },
      ],
    },
  });
}

/** @param {State} state @param {Stats} data @param {Actions} actions */
export function shareChart(state, data, actions) {
  const values = data.series.map(({ connectedShare }) => connectedShare);
  const frame = frameOf(state, data);
  const worst = lowest(values);
  return chartCard({
    id: 'share',
    title: t('overview.shareChart'),
    summary:
      worst < 0
        ? t('overview.noTime')
        : t('overview.shareSummary', {
            share: percent(data.connected.share),
            worst: percent(values[worst]),
            when: frame.when(worst),
          }),
    empty: worst < 0 ? t('overview.noTime') : null,
    state,
    actions,
    options: {
      ...frame,
      format: percent,
      max: 1,
      layers: [
        { label: t('sessionStates.connected'), color: 'chart-up', values, total: percent(data.connected.share) },
        {
          label: t('overview.notConnected'),
          color: 'chart-failed',
          values: values.map((value) => (value === null ? null : 1 - value)),
          total: percent(data.connected.share === null ? null : 1 - data.connected.share),
        },
      ],
    },
  });
}

/** @param {State} state @param {Stats} data @param {Actions} actions */
export function latencyChart(state, data, actions) {
  const p50 = data.series.map(({ deliveredP50Ms }) => deliveredP50Ms);
  const p95 = data.series.map(({ deliveredP95Ms }) => deliveredP95Ms);
  const { delivered } = data.latency;
  return chartCard({
    id: 'latency',
    title: t('overview.latencyChart'),
    summary: delivered.count
      ? t('overview.latencySummary', {
          p50: duration(delivered.p50Ms),
          p95: duration(delivered.p95Ms),
          count: delivered.count,
        })
      : t('overview.noneDelivered'),
    empty: delivered.count ? null : t('overview.noneDelivered'),
    state,
    actions,
    options: {
      ...frameOf(state, data),
      format: duration,
      layers: [
        { label: t('overview.half'), color: 'chart-p50', kind: 'line', values: p50, total: duration(delivered.p50Ms) },
        {
          label: t('overview.most'),
          color: 'chart-p95',
          kind: 'line',
          dashed: true,
          values: p95,
          total: duration(delivered.p95Ms),
        },
      ],
    },
  });
}

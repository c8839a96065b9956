// What a webhook was told: the list, and one delivery with its attempts and its event.
import { duration, moment, number, relative, timeOfId } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { href } from '../../router.js';
import { eventJson, eventLine, typeName } from '../events/words.js';
import { attemptText } from '../parts/attempt.js';
import { badge } from '../parts/badge.js';
import { button } from '../parts/button.js';
import { codeBlock } from '../parts/code.js';
import { dialog } from '../parts/dialog.js';
import { empty } from '../parts/empty.js';
import { errorPanel } from '../parts/error.js';
import { loadMore } from '../parts/more.js';
import { card, facts } from '../parts/page.js';
import { select } from '../parts/select.js';
import { skeleton, skeletonRows } from '../parts/skeleton.js';
import { table } from '../parts/table.js';
import { timeExact } from '../parts/time.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */
/** @typedef {import('../../types.js').Delivery} Delivery */
/** @typedef {NonNullable<Delivery['history']>[number]} Attempt */

/** @type {Record<Delivery['state'], [import('../parts/badge.js').Tone, string]>} */
const LOOK = {
  pending: ['info', 'clock'],
  delivered: ['ok', 'circle-check'],
  failed: ['bad', 'circle-alert'],
};

/** @param {Delivery['state']} state */
function deliveryBadge(state) {
  const [tone, icon] = LOOK[state] ?? ['idle', 'circle-question-mark'];
  return badge({ tone, icon, label: t(`deliveryStates.${state}`) });
}

/** When it is tried again; what is due already waits for the webhook itself. @param {string} at @param {number} now */
const nextText = (at, now) =>
  Date.parse(at) > now ? t('webhooks.nextTry', { when: relative(at, now) }) : t('webhooks.nextDue');

/** The last answer, and when it is tried again. @param {Delivery} delivery @param {number} now */
function outcome({ state, attempts, lastStatus, lastFailure, nextAttemptAt }, now) {
  if (!attempts) return t('webhooks.notTried');
  const answer = lastFailure
    ? attemptText({ code: lastFailure, detail: lastFailure }, lastStatus)
    : t('webhooks.answered', { status: lastStatus });
  return state === 'pending' && nextAttemptAt ? `${answer} ${nextText(nextAttemptAt, now)}` : answer;
}

const LAYOUT =
  'grid-cols-[minmax(0,1fr)_auto] md:grid-cols-[13rem_8rem_minmax(0,1fr)_4rem] lg:grid-cols-[14rem_9rem_minmax(0,1fr)_5rem]';

/** @param {number} now */
const columns = (now) => [
  {
    label: t('webhooks.happened'),
    cell: (/** @type {Delivery} */ delivery) =>
      html`<span class="block truncate">${moment(timeOfId(delivery.eventId), now)}</span><span class="block truncate text-xs text-muted"><span class="font-mono max-md:hidden" translate="no">…${delivery.eventId.slice(-10)}</span><span class="md:hidden">${outcome(delivery, now)}</span></span>`,
  },
  { label: t('webhooks.state'), cell: (/** @type {Delivery} */ { state }) => deliveryBadge(state) },
  {
    label: t('webhooks.answer'),
    classes: 'hidden text-muted md:block',
    cell: (/** @type {Delivery} */ delivery) =>
      html`<span title=${outcome(delivery, now)}>${outcome(delivery, now)}</span>`,
  },
  {
    label: t('webhooks.tries'),
    classes: 'hidden text-right md:block',
    cell: (/** @type {Delivery} */ { attempts }) => number(attempts),
  },
];

/** @param {State} state @param {Actions} actions */
function list({ webhooks, shell }, actions) {
  const { id, filter, deliveries, deliveriesStatus: status, deliveriesError: error, deliveriesBusy } = webhooks;
  if (status === 'failed')
    return html`<div class="p-4">${errorPanel({ error, onRetry: () => void actions.webhooks.loadDeliveries() })}</div>`;
  if (status !== 'ready') return skeletonRows(4);
  if (!deliveries.list.length)
    return empty({
      icon: filter ? 'funnel' : 'inbox',
      title: filter ? t('webhooks.noneInState') : t('webhooks.noDeliveries'),
      text: filter ? undefined : t('webhooks.noDeliveriesText'),
    });
  return html`${table({
    label: t('webhooks.deliveries'),
    rows: deliveries.list,
    key: ({ eventId }) => eventId,
    href: (delivery) => href('webhook', { id: id ?? '' }, { state: filter, event: delivery.eventId }),
    layout: LAYOUT,
    columns: columns(shell.now),
    rowHeight: 60,
  })}
  ${loadMore({ cursor: deliveries.nextCursor, busy: deliveriesBusy, onMore: () => void actions.webhooks.loadDeliveries({ more: true }) })}`;
}

/** @param {State} state */
function progress({ webhooks: { again, hook } }) {
  if (!again || !hook) return nothing;
  const done = Math.max(0, again - hook.health.pending);
  return html`<div class="space-y-2" role="status">
    <p>${t('webhooks.againProgress', { done, count: again })}</p>
    <progress class="progress" max=${again} value=${done} aria-label=${t('webhooks.redeliverFailed')}></progress>
  </div>`;
}

/** @param {State} state @param {Actions} actions */
export function deliveriesPart(state, actions) {
  const { id, filter, busy } = state.webhooks;
  const states = ['', 'pending', 'failed', 'delivered'];
  return html`<div class="space-y-4">
    <div class="flex flex-wrap items-center justify-between gap-3">
      <div class="min-w-40 max-sm:grow">${select({
        id: 'state',
        label: t('webhooks.filter'),
        value: filter,
        options: states.map((value) => ({ value, label: value ? t(`deliveryStates.${value}`) : t('webhooks.all') })),
        onChange: (state) => actions.navigate(href('webhook', { id: id ?? '' }, { state }), { replace: true }),
      })}</div>
      ${button({ label: t('webhooks.redeliverFailed'), icon: 'rotate-cw', busy: busy.redeliverAll, onClick: () => id && actions.webhooks.redeliverFailed(id) })}
    </div>
    ${progress(state)}${list(state, actions)}
  </div>`;
}

/** @param {Attempt} attempt */
const attemptRow = ({ number: count, at, status, failure, ms, excerpt }) => html`<li class="attempt">
  <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
    <span class="font-medium">${t('webhooks.attempt', { number: count })}</span>
    ${answerBadge(status, failure)}
    <span class="text-xs text-muted">${duration(ms)}</span>
    <span class="text-xs text-muted sm:ml-auto">${timeExact(at)}</span>
  </div>
  ${failure ? html`<p class="mt-1 wrap-anywhere">${attemptText(failure, status)}</p><p class="text-xs text-muted wrap-anywhere" lang="en"><code>${failure.code}</code> · ${failure.detail}</p>` : nothing}
  ${excerpt ? html`<pre class="excerpt" tabindex="0" role="region" aria-label=${t('webhooks.excerpt')}>${excerpt}</pre>` : nothing}
</li>`;

/** @param {number|null} status @param {import('../../types.js').Failure|null} failure */
const answerBadge = (status, failure) =>
  badge({
    tone: failure ? 'bad' : 'ok',
    icon: failure ? 'circle-alert' : 'circle-check',
    label: status ? `HTTP ${status}` : t('webhooks.noAnswer'),
  });

/** @param {Delivery} delivery @param {number} now @param {Actions} actions */
function details(delivery, now, actions) {
  const { event, history = [], nextAttemptAt } = delivery;
  return html`
    <div class="flex flex-wrap items-center gap-3">${deliveryBadge(delivery.state)}${event ? html`<p class="min-w-0 flex-1 wrap-anywhere">${eventLine(event)}</p>` : nothing}</div>
    ${facts([
      [t('webhooks.eventId'), html`<code class="text-xs">${delivery.eventId}</code>`],
      [t('webhooks.happened'), timeExact(event?.at ?? timeOfId(delivery.eventId))],
      ...(nextAttemptAt
        ? [
            /** @type {[unknown, unknown]} */ ([
              t('webhooks.next'),
              Date.parse(nextAttemptAt) > now
                ? html`${timeExact(nextAttemptAt)} (${relative(nextAttemptAt, now)})`
                : t('webhooks.nextDue'),
            ]),
          ]
        : []),
    ])}
    <section aria-labelledby="attempts-heading"><h3 class="mb-2 font-medium" id="attempts-heading">${t('webhooks.attempts')}</h3>
      ${history.length ? html`<ol class="attempts">${[...history].reverse().map(attemptRow)}</ol>` : html`<p class="text-muted">${t('webhooks.notTried')}</p>`}</section>
    ${event ? codeBlock({ text: eventJson(event), copy: actions.copy, label: t('webhooks.body'), wrap: true }) : nothing}`;
}

/** @param {State} state @param {Actions} actions */
export function deliveryDialog({ webhooks, shell }, actions) {
  const { open, id, filter, busy } = webhooks;
  if (!open || !id) return nothing;
  const { delivery, error, eventId } = open;
  const close = () => actions.navigate(href('webhook', { id }, { state: filter }), { replace: true });
  const waiting = html`<div class="space-y-3" role="status"><span class="sr-only">${t('common.loading')}</span>${skeleton('h-5 w-40')}${skeleton('h-24')}${skeleton('h-40')}</div>`;
  return dialog({
    id: 'delivery',
    title: delivery?.event ? typeName(delivery.event.type) : t('webhooks.delivery'),
    wide: true,
    onClose: close,
    body: error
      ? errorPanel({ error, onRetry: () => void actions.webhooks.loadDelivery(eventId) })
      : delivery
        ? details(delivery, shell.now, actions)
        : waiting,
    footer: html`${button({ label: t('common.close'), onClick: close })}
      ${delivery ? button({ label: t('webhooks.redeliver'), icon: 'rotate-cw', kind: 'primary', busy: busy.redeliver, onClick: () => void actions.webhooks.redeliver(id, eventId) }) : nothing}`,
  });
}

/** How a try went. @param {State} state */
export function testPart({ webhooks: { test, busy } }) {
  if (busy.test)
    return card({ id: 'test', title: t('webhooks.test'), body: html`<p role="status">${t('webhooks.testing')}</p>` });
  if (!test) return nothing;
  const { status, ms, failure, excerpt } = test;
  return card({
    id: 'test',
    title: t('webhooks.test'),
    actions: html`${answerBadge(status, failure)}<span class="text-xs text-muted">${duration(ms)}</span>`,
    body: html`<div class="space-y-3" role="status">
      <p class="wrap-anywhere">${failure ? attemptText(failure, status) : t('webhooks.testWell')}</p>
      ${failure ? html`<p class="text-xs text-muted wrap-anywhere" lang="en"><code>${failure.code}</code> · ${failure.detail}</p>` : nothing}
      ${excerpt ? html`<pre class="excerpt" tabindex="0" role="region" aria-label=${t('webhooks.excerpt')}>${excerpt}</pre>` : nothing}
    </div>`,
  });
}

// All webhooks: whom they are for, how they are, and a new one.
import { number } from '../format.js';
import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { href } from '../router.js';
import { button, linkButton } from './parts/button.js';
import { empty } from './parts/empty.js';
import { errorPanel } from './parts/error.js';
import { page } from './parts/page.js';
import { skeletonRows } from './parts/skeleton.js';
import { table } from './parts/table.js';
import { healthBadge } from './webhooks/badge.js';
import { webhookForm } from './webhooks/form.js';
import { eventsText, healthText, scopeText } from './webhooks/health.js';
import { secretDialog } from './webhooks/secret.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */
/** @typedef {import('../types.js').Webhook} Webhook */

/** @param {State} _state @param {Actions} actions */
export const enter = (_state, actions) => actions.webhooks.openList();

const LAYOUT =
  'grid-cols-1 md:grid-cols-[minmax(0,3fr)_13rem_5rem] lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)_13rem_5rem]';

/** @param {number} now */
const columns = (now) => [
  {
    label: t('webhooks.url'),
    cell: (/** @type {Webhook} */ hook) =>
      html`<span class="block truncate font-medium">${hook.url}</span>
      <span class="flex items-center gap-2 max-md:mt-1"><span class="md:hidden">${healthBadge(hook, now)}</span><span class="truncate text-xs text-muted">${scopeText(hook)}</span></span>`,
  },
  {
    label: t('webhooks.events'),
    classes: 'hidden text-muted lg:block',
    cell: (/** @type {Webhook} */ hook) => html`<span title=${hook.events.join(', ')}>${eventsText(hook)}</span>`,
  },
  {
    label: t('webhooks.health'),
    classes: 'hidden md:block',
    cell: (/** @type {Webhook} */ hook) => html`<span title=${healthText(hook, now)}>${healthBadge(hook, now)}</span>`,
  },
  {
    label: t('webhooks.pending'),
    classes: 'hidden text-right md:block',
    cell: (/** @type {Webhook} */ hook) => number(hook.health.pending),
  },
];

/** @param {State} state @param {Actions} actions */
function list({ webhooks, shell }, actions) {
  const { status, list, error } = webhooks;
  if (status === 'failed') return errorPanel({ error, onRetry: () => void actions.webhooks.load() });
  if (status !== 'ready') return skeletonRows();
  if (!list.length && webhooks.session)
    return empty({ icon: 'webhook', title: t('webhooks.noneOfSession'), text: t('webhooks.noneOfSessionText') });
  if (!list.length)
    return empty({
      icon: 'webhook',
      title: t('webhooks.none'),
      text: t('webhooks.noneText'),
      action: button({
        label: t('webhooks.new'),
        icon: 'plus',
        kind: 'primary',
        onClick: () => actions.webhooks.openForm(null),
      }),
    });
  return table({
    label: t('nav.webhooks'),
    rows: list,
    key: ({ id }) => id,
    href: (hook) => href('webhook', { id: hook.id }),
    layout: LAYOUT,
    columns: columns(shell.now),
    rowHeight: 68,
  });
}

/** Whose webhooks are shown, where not all are. @param {State} state */
function filter({ shell, sessions }) {
  const { session } = shell.route.query;
  if (!session) return nothing;
  const name = sessions.byId.get(session)?.name ?? session;
  return html`<div class="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
    <p class="min-w-0 grow basis-60 text-muted wrap-anywhere">${t('webhooks.ofSession', { session: name })}</p>
    ${linkButton({ label: t('webhooks.showAll'), icon: 'x', href: href('webhooks') })}
  </div>`;
}

/** @param {State} state @param {Actions} actions */
export const view = (state, actions) =>
  page({
    title: t('nav.webhooks'),
    subtitle: t('webhooks.subtitle'),
    actions:
      state.webhooks.list.length || state.webhooks.session
        ? button({
            label: t('webhooks.new'),
            icon: 'plus',
            kind: 'primary',
            onClick: () => actions.webhooks.openForm(null),
          })
        : '',
    body: html`${filter(state)}${list(state, actions)}${webhookForm(state, actions)}${secretDialog(state, actions)}`,
  });

// One webhook: how it is, what it is for, what it was told, and what can be done with it.
import { number } from '../format.js';
import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { href } from '../router.js';
import { button, linkButton } from './parts/button.js';
import { empty } from './parts/empty.js';
import { errorPanel } from './parts/error.js';
import { icon } from './parts/icon.js';
import { card, facts, page } from './parts/page.js';
import { skeletonRows } from './parts/skeleton.js';
import { toggle } from './parts/switch.js';
import { tabPanel, tabs } from './parts/tabs.js';
import { timeAgo, timeExact } from './parts/time.js';
import { healthBadge } from './webhooks/badge.js';
import { deliveriesPart, deliveryDialog, testPart } from './webhooks/deliveries.js';
import { webhookForm } from './webhooks/form.js';
import { eventsText, healthOf, healthText, scopeText, shortUrl } from './webhooks/health.js';
import { rotateDialog, secretDialog } from './webhooks/secret.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */
/** @typedef {import('../types.js').Webhook} Webhook */

/** @param {State} state @param {Actions} actions */
export const enter = (state, actions) => actions.webhooks.openOne(state.shell.route.params.id);

/** What is wrong, and the way out. @param {State} state @param {Actions} actions @param {Webhook} hook */
function trouble({ shell: { now }, webhooks: { busy } }, actions, hook) {
  const health = healthOf(hook, now);
  if (health === 'well' || health === 'new') return nothing;
  const tone = health === 'off' ? 'idle' : health === 'failing' ? 'warn' : 'bad';
  const [label, run] = hook.enabled
    ? [t('webhooks.tryNow'), () => actions.webhooks.wake(hook)]
    : [t('webhooks.turnOn'), () => actions.webhooks.turn(hook, true)];
  return html`<div class="note tone-${tone}" role="status">${icon(hook.enabled ? 'triangle-alert' : 'power')}
    <p class="min-w-0 flex-1 basis-52">${healthText(hook, now)}</p>
    ${button({ label, small: true, busy: busy.turn, classes: 'text-ink', onClick: run })}
  </div>`;
}

/** @param {Webhook} hook @param {number} now */
const healthPart = ({ health }, now) =>
  html`<dl class="gauges">${[
    [t('webhooks.pending'), number(health.pending)],
    [t('webhooks.inRow'), number(health.failuresInRow)],
    [t('webhooks.lastSuccess'), timeAgo(health.lastSuccessAt, now)],
    [t('webhooks.lastFailure'), timeAgo(health.lastFailureAt, now)],
  ].map(([name, value]) => html`<div class="gauge"><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** @param {Webhook} hook */
function aboutCard(hook) {
  const { events, headers, createdAt, secretRotatedAt, previousSecretUntil } = hook;
  const names = Object.keys(headers);
  const told = events.includes('*')
    ? eventsText(hook)
    : html`<span class="flex flex-wrap gap-1.5">${events.map((pattern) => html`<code class="tag">${pattern}</code>`)}</span>`;
  const rows = /** @type {[unknown, unknown][]} */ ([
    [t('webhooks.url'), hook.url],
    [t('webhooks.scope'), scopeText(hook)],
    [t('webhooks.events'), told],
    [t('webhooks.headers'), names.length ? names.map((name) => html`<code class="tag">${name}</code> `) : '–'],
    [t('webhooks.createdAt'), timeExact(createdAt)],
  ]);
  if (secretRotatedAt) rows.push([t('webhooks.rotatedAt'), timeExact(secretRotatedAt)]);
  if (previousSecretUntil) rows.push([t('webhooks.previousUntil'), timeExact(previousSecretUntil)]);
  return card({ id: 'about', title: t('webhooks.about'), body: facts(rows) });
}

/** @param {State} state @param {Actions} actions @param {Webhook} hook */
function manageCard({ webhooks: { busy } }, actions, hook) {
  const row = (/** @type {string} */ title, /** @type {string} */ text, /** @type {unknown} */ control) =>
    html`<div class="setting"><div class="min-w-0 flex-1 basis-60"><h3 class="font-medium">${title}</h3><p class="text-muted">${text}</p></div>${control}</div>`;
  return card({
    id: 'manage',
    title: t('webhooks.manage'),
    flush: true,
    body: html`<div class="border-b border-line px-4 py-4 sm:px-5">${toggle({ id: 'enabled', label: t('webhooks.enabled'), hint: t('webhooks.enabledHint'), on: hook.enabled, busy: busy.turn, onChange: (on) => void actions.webhooks.turn(hook, on) })}</div>
      ${row(t('webhooks.secret'), t('webhooks.secretText'), button({ label: t('webhooks.rotate'), icon: 'key-round', onClick: () => actions.openDialog('rotate', { id: hook.id }) }))}
      ${row(t('webhooks.delete'), t('webhooks.deleteText'), button({ label: t('webhooks.delete'), icon: 'trash-2', kind: 'danger', busy: busy.remove, onClick: () => void actions.webhooks.remove(hook) }))}`,
  });
}

const gone = () =>
  empty({
    icon: 'webhook',
    title: t('webhooks.notThere'),
    text: t('webhooks.notThereText'),
    action: linkButton({ label: t('nav.webhooks'), icon: 'arrow-left', href: href('webhooks') }),
  });

/** @param {State} state @param {Actions} actions */
export function view(state, actions) {
  const { shell, webhooks } = state;
  const { id } = shell.route.params;
  const hook = webhooks.id === id ? webhooks.hook : null;
  const back = { href: href('webhooks'), label: t('nav.webhooks') };
  if (webhooks.hookStatus === 'failed' && webhooks.hookError?.status === 404)
    return page({ title: t('webhooks.one'), back, body: gone() });
  if (!hook) {
    const failed = webhooks.hookStatus === 'failed';
    const body = failed
      ? errorPanel({ error: webhooks.hookError, onRetry: () => void actions.webhooks.loadOne(id) })
      : skeletonRows();
    return page({ title: t('webhooks.one'), back, body });
  }
  const tab = shell.route.query.tab === 'settings' ? 'settings' : 'deliveries';
  return page({
    title: shortUrl(hook.url),
    badge: healthBadge(hook, shell.now),
    subtitle: scopeText(hook),
    back,
    actions: html`${button({ label: t('webhooks.sendTest'), icon: 'send-horizontal', busy: webhooks.busy.test, onClick: () => void actions.webhooks.test(id) })}
      ${button({ label: t('webhooks.edit'), icon: 'pencil', onClick: () => actions.webhooks.openForm(hook) })}`,
    body: html`<div class="space-y-6">
      ${trouble(state, actions, hook)}${testPart(state)}${healthPart(hook, shell.now)}
      <div>${tabs({
        id: 'hook',
        label: t('webhooks.tabs'),
        value: tab,
        options: [
          { value: 'deliveries', label: t('webhooks.deliveries') },
          { value: 'settings', label: t('webhooks.manage') },
        ],
        onChange: (value) =>
          actions.navigate(href('webhook', { id }, { tab: value === 'settings' ? value : '' }), { replace: true }),
      })}
      ${tabPanel('hook', tab, tab === 'settings' ? html`<div class="space-y-6">${aboutCard(hook)}${manageCard(state, actions, hook)}</div>` : deliveriesPart(state, actions))}</div>
      ${webhookForm(state, actions)}${rotateDialog(state, actions)}${secretDialog(state, actions)}${deliveryDialog(state, actions)}
    </div>`,
  });
}

// The frame around every page: navigation, where one is, whether what is shown is live, the sandbox's banner, dialogs and toasts.
import { t } from '../i18n.js';
import { html, keyed, nothing } from '../lit.js';
import { pageOf } from '../pages.js';
import { href, navOf } from '../router.js';
import { needsAttention } from '../store/sessions.js';
import { linkButton } from './parts/button.js';
import { confirmDialog } from './parts/confirm.js';
import { dialog } from './parts/dialog.js';
import { empty } from './parts/empty.js';
import { errorPanel } from './parts/error.js';
import { icon, mark } from './parts/icon.js';
import { page } from './parts/page.js';
import { skeletonRows } from './parts/skeleton.js';
import { toasts } from './parts/toast.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */
/** @typedef {import('../pages.js').Pages} Pages */
/** @typedef {{name: string, icon: string}} Item */

const ITEMS = [
  { name: 'overview', icon: 'layout-dashboard' },
  { name: 'sessions', icon: 'smartphone' },
  { name: 'messages', icon: 'messages-square' },
  { name: 'webhooks', icon: 'webhook' },
  { name: 'events', icon: 'activity' },
  { name: 'sandbox', icon: 'flask-conical' },
  { name: 'settings', icon: 'settings' },
];
/** What the tab bar of a phone has room for; the rest is under "More". */
const ON_PHONE = ['overview', 'sessions', 'messages', 'events'];

/** @param {State} state */
const itemsOf = ({ shell }) => ITEMS.filter((item) => item.name !== 'sandbox' || shell.me?.simulator);

/** @param {Item} item @param {string} current @param {string} classes */
const navLink = (
  item,
  current,
  classes,
) => html`<a class=${classes} href=${href(item.name)} aria-current=${item.name === current ? 'page' : nothing} title=${t(`nav.${item.name}`)}>
  ${icon(item.icon)}<span>${t(`nav.${item.name}`)}</span>
</a>`;

/** @param {State} state */
function sidebar(state) {
  const current = navOf(state.shell.route.name);
  const list = (/** @type {Item[]} */ items) =>
    html`<ul class="nav-list">${items.map((item) => html`<li>${navLink(item, current, 'nav-item')}</li>`)}</ul>`;
  const items = itemsOf(state);
  return html`<nav class="sidebar" aria-label=${t('nav.main')}>
    <a class="brand" href=${href('overview')} aria-label="wamux">${mark}<span>wamux</span></a>
    ${list(items.slice(0, -1))}
    <div class="mt-auto">${list(items.slice(-1))}</div>
  </nav>`;
}

/** @param {State} state @param {Actions} actions */
function tabBar(state, actions) {
  const current = navOf(state.shell.route.name);
  const shown = ITEMS.filter((item) => ON_PHONE.includes(item.name));
  const rest = current && !ON_PHONE.includes(current);
  return html`<nav class="tabbar" aria-label=${t('nav.main')}>
    ${shown.map((item) => navLink(item, current, 'tabbar-item'))}
    <button type="button" class="tabbar-item ${rest ? 'is-current' : ''}" aria-haspopup="dialog" @click=${() => actions.toggleMenu(true)}>${icon('ellipsis')}<span>${t('nav.more')}</span></button>
  </nav>`;
}

/** @param {State} state @param {Actions} actions */
function menuSheet(state, actions) {
  if (!state.shell.menuOpen) return nothing;
  const current = navOf(state.shell.route.name);
  const items = itemsOf(state).filter((item) => !ON_PHONE.includes(item.name));
  const close = () => actions.toggleMenu(false);
  return dialog({
    id: 'menu',
    title: t('nav.more'),
    onClose: close,
    body: html`<ul class="nav-list" @click=${close}>${items.map((item) => html`<li>${navLink(item, current, 'nav-item nav-item-wide')}</li>`)}</ul>`,
  });
}

/** Whether what is shown is current; screen readers hear it change. @param {State} state */
const liveIndicator = ({
  live,
}) => html`<div class="live live-${live.status}" role="status" title=${t(`live.${live.status}Hint`)}>
  <span class="live-dot" aria-hidden="true"></span><span>${t(`live.${live.status}`)}</span>
</div>`;

/** How the sessions are, wherever one is. @param {State} state */
function tally({ sessions: { status, byId } }) {
  if (status !== 'ready' || !byId.size) return nothing;
  let connected = 0;
  let down = 0;
  for (const session of byId.values()) {
    if (session.state === 'connected') connected += 1;
    else if (needsAttention(session)) down += 1;
  }
  return html`<a class="tally" href=${href('sessions')}>
    <span>${icon('circle-check', 'text-ok')}${t('nav.connected', { count: connected })}</span>
    ${down ? html`<span>${icon('triangle-alert', 'text-warn')}${t('nav.down', { count: down })}</span>` : nothing}
  </a>`;
}

/** Where one is, as a path of links, on pages below others. @param {State} state */
function crumbs({ shell: { route }, sessions }) {
  const { id } = route.params;
  const nav = navOf(route.name);
  const label = nav === 'sessions' ? (sessions.byId.get(id)?.name ?? id) : id;
  const chats = route.name === 'chats' || route.name === 'conversation';
  const here = (/** @type {string} */ words) => html`<span aria-current="page">${words}</span>`;
  return html`<nav class="crumbs" aria-label=${t('nav.crumbs')}><ol>
    <li><a href=${href(nav)}>${t(`nav.${nav}`)}</a></li>
    <li>${icon('chevron-right')}${chats ? html`<a href=${href('session', { id })}>${label}</a>` : here(label)}</li>
    ${chats ? html`<li>${icon('chevron-right')}${here(t('nav.chats'))}</li>` : nothing}
  </ol></nav>`;
}

/** @param {State} state */
const topBar = (state) => html`<header class="topbar">
  <a class="brand brand-phone" href=${href('overview')} aria-label="wamux">${mark}<span>wamux</span></a>
  ${state.shell.route.params.id ? crumbs(state) : tally(state)}
  <div class="ml-auto">${liveIndicator(state)}</div>
</header>`;

/** @param {State} state */
const banner = ({ shell: { me } }) =>
  me?.build === 'sandbox'
    ? html`<section class="banner" aria-label=${t('common.sandbox')}>${icon('flask-conical')}<span><strong>${t('common.sandbox')}</strong><span class="banner-more"> · ${t('common.sandboxText')}</span></span>${me.simulator ? html`<a class="link" href=${href('sandbox')}>${t('sandbox.open')}</a>` : nothing}</section>`
    : nothing;

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  const root = /** @type {HTMLElement} */ (event.target).closest('.shell');
  /** @type {HTMLElement|null|undefined} */ (root?.querySelector('main'))?.focus();
}

const notFound = () =>
  page({
    title: t('common.notFoundTitle'),
    body: empty({
      icon: 'search',
      title: t('common.notFound'),
      action: linkButton({ label: t('nav.overview'), icon: 'arrow-left', href: href('overview') }),
    }),
  });

/** @param {State} state @param {Actions} actions @param {Pages} pages */
function content(state, actions, pages) {
  const { route } = state.shell;
  const name = pageOf(route.name);
  const module = pages.of(name);
  if (!module) return notFound();
  const title = t(`nav.${navOf(route.name)}`);
  if (module === 'loading') return page({ title, body: skeletonRows() });
  if (module instanceof Error)
    return page({ title, body: errorPanel({ error: { code: 'network' }, onRetry: () => pages.again(name) }) });
  return module.view(state, actions);
}

/**
 * Each page is its own piece, so that nothing of the one before (scrolling, typed text) is left in it. Chats are one page with
 * the conversation beside them.
 * @param {import('../types.js').Route} route
 */
const pieceOf = ({ name, params }) =>
  pageOf(name) === 'chats' ? `chats/${params.id}` : `${name}/${Object.values(params)}`;

/** @param {State} state @param {Actions} actions @param {Pages} pages */
export const view = (state, actions, pages) => html`<div class="shell">
  <a class="skip" href="#main" @click=${skip}>${t('common.skip')}</a>
  ${sidebar(state)}
  <div class="shell-main">
    ${banner(state)}${topBar(state)}
    <main id="main" tabindex="-1">${keyed(pieceOf(state.shell.route), content(state, actions, pages))}</main>
  </div>
  ${tabBar(state, actions)}${menuSheet(state, actions)}${confirmDialog(state, actions)}${toasts(state, actions)}
</div>`;

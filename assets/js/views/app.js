// What is on the screen: nothing yet, the sign-in, or a page in its frame.
import { t } from '../i18n.js';
import { html } from '../lit.js';
import { pageOf } from '../pages.js';
import { navOf } from '../router.js';
import { errorPanel } from './parts/error.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */
/** @typedef {import('../pages.js').Pages} Pages */

let entered = { key: '', leave: /** @type {void|(() => void)} */ (undefined) };

/** Tells a page that it is come to, and the one before that it is left. @param {State} state @param {Actions} actions @param {Pages} pages */
export function enter(state, actions, pages) {
  const { phase, route } = state.shell;
  const module = phase === 'signedIn' ? pages.ready(pageOf(route.name)) : undefined;
  const key = module ? JSON.stringify([route.name, route.params]) : '';
  if (key === entered.key) return;
  entered.leave?.();
  entered = { key, leave: undefined };
  entered.leave = module?.enter?.(state, actions);
}

const starting = () =>
  html`<div class="starting" role="status"><span class="sr-only">${t('common.loading')}</span></div>`;

/** @param {State} state @param {Actions} actions @param {Pages} pages */
export function app(state, actions, pages) {
  const { phase } = state.shell;
  if (phase === 'starting') return starting();
  const name = phase === 'signedOut' ? 'signIn' : 'frame';
  const module = pages.of(name);
  if (module === 'loading') return starting();
  if (module instanceof Error)
    return html`<main class="signin">${errorPanel({ error: { code: 'network' }, onRetry: () => pages.again(name) })}</main>`;
  return module.view(state, actions, pages);
}

/** The title of the tab. @param {State} state */
export function titleOf({ shell: { phase, route } }) {
  if (phase !== 'signedIn') return 'wamux';
  const nav = navOf(route.name);
  const words = nav ? t(`nav.${nav}`) : t('common.notFoundTitle');
  return `${route.params.id ? `${route.params.id} · ` : ''}${words} · wamux`;
}

// What is on the screen: nothing yet, the sign-in, or a page in its frame. Pages are loaded when they are first shown.
import { t } from '../i18n.js';
import { html, keyed } from '../lit.js';
import { href, navOf } from '../router.js';
import { linkButton } from './parts/button.js';
import { empty } from './parts/empty.js';
import { errorPanel } from './parts/error.js';
import { page } from './parts/page.js';
import { skeletonRows } from './parts/skeleton.js';
import { frame } from './shell.js';
import { signIn } from './signin.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */

/**
 * A page: `view` draws it; `enter`, if it is there, is called each time the page is come to (or has other params), to ask for
 * what it shows, and may give back what to call when it is left.
 * @typedef {{view: (state: State, actions: Actions) => unknown, enter?: (state: State, actions: Actions) => void | (() => void)}} PageModule
 */

/** @type {Record<string, () => Promise<PageModule>>} */
const LOADERS = {
  overview: () => import('./overview.js'),
  sessions: () => import('./sessions.js'),
  session: () => import('./session.js'),
  chats: () => import('./conversation.js'),
  messages: () => import('./messages.js'),
  message: () => import('./message.js'),
  webhooks: () => import('./webhooks.js'),
  webhook: () => import('./webhook.js'),
  events: () => import('./events.js'),
  sandbox: () => import('./sandbox.js'),
  settings: () => import('./settings.js'),
};

/** Pages that are one with another. @type {Record<string, string>} */
const PART_OF = { conversation: 'chats' };
const pageOf = (/** @type {string} */ name) => PART_OF[name] ?? name;

/** @type {Map<string, PageModule|Error|'loading'>} */
const modules = new Map();
let entered = { key: '', leave: /** @type {void|(() => void)} */ (undefined) };

/** @param {string} name @param {() => void} redraw */
function moduleOf(name, redraw) {
  const known = modules.get(name);
  if (known || !LOADERS[name]) return known;
  modules.set(name, 'loading');
  LOADERS[name]()
    .then((module) => modules.set(name, module))
    .catch((error) => modules.set(name, error))
    .then(redraw);
  return 'loading';
}

/** Tells a page that it is come to, and the one before that it is left. @param {State} state @param {Actions} actions */
export function enter(state, actions) {
  const { phase, route } = state.shell;
  const module = modules.get(pageOf(route.name));
  const ready = phase === 'signedIn' && module && module !== 'loading' && !(module instanceof Error);
  const key = ready ? JSON.stringify([route.name, route.params]) : '';
  if (key === entered.key) return;
  entered.leave?.();
  entered = { key, leave: undefined };
  if (ready) entered.leave = module.enter?.(state, actions);
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

/** @param {State} state @param {Actions} actions @param {() => void} redraw */
function content(state, actions, redraw) {
  const { route } = state.shell;
  const module = moduleOf(pageOf(route.name), redraw);
  if (!module) return notFound();
  if (module === 'loading') return page({ title: t(`nav.${navOf(route.name)}`), body: skeletonRows() });
  if (module instanceof Error) {
    const retry = () => {
      modules.delete(pageOf(route.name));
      redraw();
    };
    return page({
      title: t(`nav.${navOf(route.name)}`),
      body: errorPanel({ error: { code: 'network' }, onRetry: retry }),
    });
  }
  return module.view(state, actions);
}

/** @param {State} state @param {Actions} actions @param {() => void} redraw draws again when a page has been loaded */
export function app(state, actions, redraw) {
  const { phase, route } = state.shell;
  if (phase === 'starting')
    return html`<div class="starting" role="status"><span class="sr-only">${t('common.loading')}</span></div>`;
  if (phase === 'signedOut') return signIn(state, actions);
  // Each page is its own piece, so that nothing of the one before (scrolling, typed text) is left in it. Chats are one page
  // with the conversation beside them.
  const { id } = route.params;
  const piece = pageOf(route.name) === 'chats' ? `chats/${id}` : `${route.name}/${Object.values(route.params)}`;
  return frame(state, actions, keyed(piece, content(state, actions, redraw)));
}

/** The title of the tab. @param {State} state */
export function titleOf({ shell: { phase, route } }) {
  if (phase !== 'signedIn') return 'wamux';
  const nav = navOf(route.name);
  const words = nav ? t(`nav.${nav}`) : t('common.notFoundTitle');
  return `${route.params.id ? `${route.params.id} · ` : ''}${words} · wamux`;
}

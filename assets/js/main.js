// Starts the page: puts store, router, live stream and views together. The only file that touches window and document globally.
import { createActions } from './actions.js';
import { ApiError, createApi } from './api.js';
import { createDevice } from './device.js';
import { chooseLanguage, LANGUAGES, loadLanguage } from './i18n.js';
import { render } from './lit.js';
import { createPages, pageOf } from './pages.js';
import { parseHash } from './router.js';
import { addSprite } from './sprite.js';
import { createStore } from './store.js';
import { app, enter, titleOf } from './views/app.js';

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
const device = createDevice({ local: window.localStorage, session: window.sessionStorage });
const store = createStore();
const api = createApi({ fetch: window.fetch.bind(window), key: device.key });
const darkScheme = window.matchMedia('(prefers-color-scheme: dark)');
let live = /** @type {ReturnType<typeof import('./events.js').createLive>|null} */ (null);

function showTheme() {
  const { theme } = store.state.shell;
  document.documentElement.classList.toggle('dark', theme === 'dark' || (theme === 'system' && darkScheme.matches));
}

/** @type {import('./actions.js').Platform} */
const platform = {
  navigate(hash, { replace = false } = {}) {
    if (!replace) {
      window.location.hash = hash;
      return;
    }
    window.history.replaceState(null, '', hash);
    navigated();
  },
  isSmall: () => window.matchMedia('(max-width: 639.9px)').matches,
  origin: window.location.origin,
  channel: () => new BroadcastChannel('wamux.passkey'),
  random: (bytes) => crypto.getRandomValues(bytes),
  open: (url) => window.open(url, '_blank', 'noopener'),
  copy: (text) => navigator.clipboard.writeText(text),
  isVisible: () => !document.hidden,
  async useLanguage(language) {
    await loadLanguage(language);
    document.documentElement.lang = language;
  },
  useTheme: () => queueMicrotask(showTheme),
  prepare: () => pages.frame().catch(() => Promise.reject(new ApiError({ code: 'network' }))),
  async follow() {
    const { createLive } = await import('./events.js');
    if (store.state.shell.phase !== 'signedIn') return;
    live?.stop();
    live = createLive({
      openStream: api.openStream,
      listEvents: api.listEvents,
      onEvents: actions.live.take,
      onStatus: (status) => store.dispatch({ type: 'liveChanged', status }),
      onFresh: actions.live.refresh,
      onGap: actions.live.gap,
      isFinal(error) {
        if (error?.status !== 401) return false;
        actions.signOut(error);
        return true;
      },
    });
    live.start();
    live.seen(!document.hidden);
  },
  unfollow() {
    live?.stop();
    live = null;
  },
};
const actions = createActions({ store, api, device, platform });
const pages = createPages({ store, actions, redraw: draw });

let asked = false;
/** Draws once for all changes until the next frame; a hidden tab gets no frames, and needs none. */
function draw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    document.title = titleOf(store.state);
    render(app(store.state, actions, pages), root);
    enter(store.state, actions, pages);
  });
}

let place = window.location.hash;

function navigated() {
  const { route: before, dialog } = store.state.shell;
  if (dialog?.name === 'secret' && !dialog.copied) {
    // It is shown once: going away asks first, as closing does.
    window.history.pushState(null, '', place || '#/');
    actions.webhooks.closeSecret();
    return;
  }
  place = window.location.hash;
  const route = parseHash(window.location.hash);
  store.dispatch({ type: 'navigated', route });
  if (JSON.stringify([before.name, before.params]) === JSON.stringify([route.name, route.params])) return;
  // After the page is drawn: from its beginning, and read out by its heading.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      window.scrollTo(0, 0);
      document.querySelector('h1')?.focus({ preventScroll: true });
    }),
  );
}

async function start() {
  const kept = /** @type {import('./i18n.js').Language} */ (device.get('language'));
  const language = kept in LANGUAGES ? kept : chooseLanguage(navigator.languages);
  const theme = /** @type {any} */ (device.get('theme') ?? 'system');
  store.dispatch({ type: 'ticked', now: Date.now() });
  store.dispatch({ type: 'themeChosen', theme });
  store.dispatch({ type: 'languageChosen', language });
  store.dispatch({ type: 'navigated', route: parseHash(window.location.hash) });
  addSprite({ page: document, fetch: window.fetch.bind(window) });
  const spoken = platform.useLanguage(language);
  // What will be shown is on its way while the API says whose the key is.
  if (device.key()) pages.of(pageOf(store.state.shell.route.name));
  pages.of(device.key() ? 'frame' : 'signIn');
  await spoken;
  store.subscribe((state, { type }) => {
    // At once: a hidden tab is drawn later, and its page would go on asking.
    if (type === 'signedOut') enter(state, actions, pages);
    draw();
  });
  draw();
  window.addEventListener('hashchange', navigated);
  window.addEventListener('online', () => live?.retry());
  document.addEventListener('visibilitychange', () => live?.seen(!document.hidden));
  darkScheme.addEventListener('change', showTheme);
  setInterval(() => store.dispatch({ type: 'ticked', now: Date.now() }), 15_000);
  await actions.resume();
}

start();

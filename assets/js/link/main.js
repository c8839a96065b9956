// Starts the page behind a pairing link. The only file here that touches window and document. It has no key: the address is the right.
import { createLinking } from '../actions/linking.js';
import { createTransport, linkingCalls } from '../api.js';
import { CHANNEL, takeOver } from '../handover.js';
import { chooseLanguage, LANGUAGES } from '../i18n.js';
import { render } from '../lit.js';
import { newState, signingAddress } from '../passkey.js';
import { addSprite } from '../sprite.js';
import { linking } from '../store/linking.js';
import { palette } from './brand.js';
import { createFollower } from './follow.js';
import { linkPage, titleOf } from './view.js';
import { loadPageWords } from './words.js';

/** @typedef {import('../i18n.js').Language} Language */

const KEPT = 'wamux.link.language';
/** How often codes are shown anew by themselves when nobody scanned. */
const ROUNDS = 3;

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
const token = window.location.pathname.split('/').filter(Boolean).pop() ?? '';
const here = window.location.origin + window.location.pathname;
const small = window.matchMedia('(max-width: 639.9px)');
const darkScheme = window.matchMedia('(prefers-color-scheme: dark)');

const transport = createTransport({ fetch: window.fetch.bind(window) });
const address = (/** @type {string} */ id, /** @type {string} */ more) => `/api/link/${encodeURIComponent(id)}${more}`;
const api = {
  ...linkingCalls(transport, address),
  cancelLinking: (/** @type {string} */ id) => transport.json(address(id, '/cancel'), { method: 'POST' }),
  startSession: (/** @type {string} */ id) => transport.json(address(id, '/start'), { method: 'POST' }),
};

/** @type {import('./view.js').PageState} */
let state = { phase: 'loading', online: true, busy: false, view: null, linking: linking.initial, logo: '' };
let chosen = /** @type {Language|null} */ (null);
let asked = false;
let before = '';

/** What this tab is called where a passkey's answer comes back; it keeps the name when it is loaded again. */
const NAMED = 'wamux.link.state';
let name = newState((bytes) => crypto.getRandomValues(bytes));
try {
  name = sessionStorage.getItem(NAMED) ?? name;
  sessionStorage.setItem(NAMED, name);
} catch {
  // No storage: it has a new name when it is loaded again.
}

/** What was to be pressed is gone with its stage: the focus goes on with the page. */
function keepFocus() {
  const now = `${state.phase} ${state.linking.stage}`;
  const lost = document.activeElement === document.body || document.activeElement === null;
  if (before && now !== before && lost) document.getElementById('main')?.focus({ preventScroll: true });
  before = now;
}

function draw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    document.title = titleOf(state);
    render(linkPage(state, actions), root);
    keepFocus();
  });
}

/** @param {Partial<import('./view.js').PageState>} changes */
function change(changes) {
  state = { ...state, ...changes };
  draw();
}

/** @param {{type: string, [key: string]: any}} action */
const dispatch = (action) => change({ linking: linking.reduce(state.linking, action) });

const follower = createFollower({
  read: (after, wait, signal) =>
    transport.json(address(token, ''), { query: { after, wait: wait || undefined }, signal }),
  onOnline: (online) => change({ online }),
  onBusy: (busy) => busy !== state.busy && change({ busy }),
  onGone: () => {
    if (state.linking.stage !== 'done') change({ phase: 'gone' });
    linker.close();
  },
  onView,
});
const linker = createLinking({
  id: token,
  api,
  dispatch,
  state: () => state.linking,
  refresh: async () => follower.refresh(),
  rounds: ROUNDS,
});

/** @type {import('./view.js').PageActions} */
const actions = {
  choose: () => {},
  askCode: linker.askCode,
  otherNumber: linker.otherNumber,
  again: linker.again,
  restart: linker.restart,
  givePasskey: linker.givePasskey,
  unreadable: linker.unreadable,
  compared: linker.compared,
  copy: (text) =>
    navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    ),
  get extension() {
    const { options } = state.linking.passkey;
    return { href: options ? signingAddress({ options, origin: window.location.origin, state: name }) : '' };
  },
  here,
  chooseLanguage: useLanguage,
};

function showBrand() {
  document.documentElement.classList.toggle('dark', darkScheme.matches);
  const colors = palette(state.view?.branding.color, darkScheme.matches ? 'dark' : 'light');
  for (const [name, value] of Object.entries(colors)) document.documentElement.style.setProperty(name, value);
}

/** @param {string} language */
async function useLanguage(language) {
  chosen = /** @type {Language} */ (language);
  try {
    sessionStorage.setItem(KEPT, language);
  } catch {
    // No storage: it is asked again next time.
  }
  await speak(chosen);
}

/** @param {Language} language */
async function speak(language) {
  await loadPageWords(language);
  document.documentElement.lang = language;
  draw();
}

/** The words of the link, or of the browser, until somebody chooses others. @param {string|null} wanted */
const languageFor = (wanted) =>
  /** @type {Language} */ (wanted && wanted in LANGUAGES ? wanted : chooseLanguage(navigator.languages));

/** @param {import('./follow.js').LinkView} view */
async function onView(view) {
  const first = state.view === null;
  change({ view, logo: view.branding.logo ? `/link/${encodeURIComponent(token)}/logo` : '' });
  if (first) {
    showBrand();
    if (!chosen && view.locale) await speak(languageFor(view.locale));
    // A failure of before is no news for somebody who has just come.
    if (!view.linking) linker.since(view);
    change({ phase: 'ready' });
  }
  const { state: session, phone, linking: step, linkFailure } = view;
  linker.follow(
    /** @type {any} */ ({ state: session, phone, pushName: null, cause: null, linking: step, linkFailure }),
  );
  if (first && state.linking.stage === 'waiting') linker.begin();
  // Whoever has a link wants to link: nobody has to start the session for that.
  if (first && state.linking.stage === 'down') linker.again();
  if (state.linking.stage === 'done' && view.phone) follower.stop();
}

async function start() {
  try {
    chosen = /** @type {Language|null} */ (sessionStorage.getItem(KEPT));
  } catch {
    // No storage.
  }
  change({ linking: { ...linking.initial, id: token, codeFirst: small.matches } });
  showBrand();
  await speak(languageFor(chosen));
  small.addEventListener('change', () => change({ linking: { ...state.linking, codeFirst: small.matches } }));
  darkScheme.addEventListener('change', showBrand);
  window.addEventListener('online', follower.refresh);
  await follower.run();
}

takeOver({ channel: new BroadcastChannel(CHANNEL), state: name, onCredential: linker.givePasskey });
start();
addSprite({ page: document, fetch: window.fetch.bind(window) });

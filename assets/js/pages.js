// The pages: the view, the actions, the part of the state and the words that each needs, loaded together when it is first shown.
import { loadWords } from './i18n.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').Actions} Actions */

/**
 * A page: `view` draws it; `enter`, if it is there, is called each time the page is come to (or has other params), to ask for
 * what it shows, and may give back what to call when it is left.
 * @typedef {{view: (state: State, actions: Actions) => unknown, enter?: (state: State, actions: Actions) => void | (() => void)}} PageModule
 */
/** @typedef {{parts?: Record<string, import('./store.js').Part>, groups?: Record<string, import('./actions.js').MakeGroup>}} Code */
/** @typedef {{words: string[], code: () => Promise<Code>}} Subject */

/** What several pages share. Words are named by their files. @type {Record<string, Subject>} */
export const SUBJECTS = {
  door: { words: [], code: async () => ({}) },
  frame: {
    words: ['errors'],
    async code() {
      const [{ sessions }, { liveActions }, { sessionActions }] = await Promise.all([
        import('./store/sessions.js'),
        import('./actions/live.js'),
        import('./actions/sessions.js'),
        import('./events.js'),
      ]);
      return { parts: { sessions }, groups: { live: liveActions, sessions: sessionActions } };
    },
  },
  overview: {
    words: ['overview', 'causes'],
    async code() {
      const [{ stats }, { statsActions }] = await Promise.all([
        import('./store/stats.js'),
        import('./actions/stats.js'),
      ]);
      return { parts: { stats }, groups: { stats: statsActions } };
    },
  },
  sessions: {
    words: ['sessions', 'causes', 'linking', 'pairing'],
    async code() {
      const [{ linking }, { sessionPageActions }] = await Promise.all([
        import('./store/linking.js'),
        import('./actions/session-pages.js'),
      ]);
      return { parts: { linking }, groups: { sessions: sessionPageActions } };
    },
  },
  messages: {
    words: ['messages', 'causes', 'attempts'],
    async code() {
      const [{ messages }, { messageActions }] = await Promise.all([
        import('./store/messages.js'),
        import('./actions/messages.js'),
      ]);
      return { parts: { messages }, groups: { messages: messageActions } };
    },
  },
  webhooks: {
    words: ['webhooks', 'events', 'attempts'],
    async code() {
      const [{ webhooks }, { webhookActions }] = await Promise.all([
        import('./store/webhooks.js'),
        import('./actions/webhooks.js'),
      ]);
      return { parts: { webhooks }, groups: { webhooks: webhookActions } };
    },
  },
  events: {
    words: ['events'],
    async code() {
      const [{ events }, { eventActions }] = await Promise.all([
        import('./store/events.js'),
        import('./actions/events.js'),
      ]);
      return { parts: { events }, groups: { events: eventActions } };
    },
  },
  sandbox: {
    words: ['sandbox'],
    async code() {
      const [{ sandbox }, { sandboxActions }] = await Promise.all([
        import('./store/sandbox.js'),
        import('./actions/sandbox.js'),
      ]);
      return { parts: { sandbox }, groups: { sandbox: sandboxActions } };
    },
  },
  settings: { words: ['settings'], code: async () => ({}) },
};

/** Each page's subject and view; the sign-in and the frame around the others are loaded in the same way. */
export const PAGES = /** @type {Record<string, [string, () => Promise<any>]>} */ ({
  signIn: ['door', () => import('./views/signin.js')],
  frame: ['frame', () => import('./views/shell.js')],
  overview: ['overview', () => import('./views/overview.js')],
  sessions: ['sessions', () => import('./views/sessions.js')],
  session: ['sessions', () => import('./views/session.js')],
  chats: ['messages', () => import('./views/conversation.js')],
  messages: ['messages', () => import('./views/messages.js')],
  message: ['messages', () => import('./views/message.js')],
  webhooks: ['webhooks', () => import('./views/webhooks.js')],
  webhook: ['webhooks', () => import('./views/webhook.js')],
  events: ['events', () => import('./views/events.js')],
  sandbox: ['sandbox', () => import('./views/sandbox.js')],
  settings: ['settings', () => import('./views/settings.js')],
});

/** Pages that are one with another: a conversation stands beside the chats. @type {Record<string, string>} */
const PART_OF = { conversation: 'chats' };
export const pageOf = (/** @type {string} */ name) => PART_OF[name] ?? name;

/** @param {{store: import('./store.js').Store, actions: Actions, redraw: () => void}} parts `redraw` is called when a page has come */
export function createPages({ store, actions, redraw }) {
  /** @type {Map<string, Promise<void>>} */
  const subjects = new Map();
  /** @type {Map<string, any>} */
  const modules = new Map();

  /** @param {string} name */
  async function begin(name) {
    const { words, code } = SUBJECTS[name];
    // The frame comes first: what the others bring is put upon it.
    const first = name === 'frame' || name === 'door' ? undefined : subject('frame');
    const [{ parts = {}, groups = {} }] = await Promise.all([code(), loadWords(words), first]);
    for (const [part, made] of Object.entries(parts)) store.register(part, made);
    for (const [group, make] of Object.entries(groups)) actions.add(group, make);
  }

  /** @param {string} name */
  function subject(name) {
    const begun = subjects.get(name) ?? begin(name);
    subjects.set(name, begun);
    begun.catch(() => subjects.delete(name));
    return begun;
  }

  /** @param {string} page */
  async function load(page) {
    const [name, view] = PAGES[page];
    modules.set(page, 'loading');
    try {
      const [module] = await Promise.all([view(), subject(name)]);
      modules.set(page, module);
    } catch {
      modules.set(page, new Error(page));
    }
    redraw();
  }

  return {
    /** A page's module, or how far it is; nothing when there is no such page. @param {string} page @returns {any} */
    of(page) {
      if (!modules.has(page) && Object.hasOwn(PAGES, page)) load(page);
      return modules.get(page);
    },
    /** The same as long as it is there; it is not asked for. @param {string} page @returns {PageModule|undefined} */
    ready(page) {
      const module = modules.get(page);
      return module === 'loading' || module instanceof Error ? undefined : module;
    },
    /** @param {string} page */
    again: load,
    /** What is needed to know that somebody has signed in. */
    frame: () => subject('frame'),
  };
}
/** @typedef {ReturnType<typeof createPages>} Pages */

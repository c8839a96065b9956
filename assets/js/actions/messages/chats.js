// Actions on conversations: reading chats and messages page by page, searching, keeping both current.
import { messageOf, sameChat } from '../../store/messages/step.js';

/** @typedef {import('../../types.js').WamuxEvent} WamuxEvent */
/** @typedef {import('../../types.js').Message} Message */

/** Bursts of events are answered by one reading; typing by one search. */
const SETTLE_MS = 300;
const PAGE = 50;
/** An open conversation with more messages than this lets go of those far above, which are read again when somebody looks back. */
const MOST = 1_000;
/** How far back a message that was found is looked for, in pages of 200. */
const FAR = 25;

/** Calls `run` once when no call has come for a while. @param {(...args: any[]) => void} run */
function settled(run) {
  let timer = /** @type {any} */ (null);
  return (/** @type {any[]} */ ...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), SETTLE_MS);
  };
}

/** The list of chats. @param {import('../../actions.js').Context} context */
function listActions({ store, api, dispatch, fail }) {
  const chats = () => store.state.messages.chats;

  /** @param {string} sessionId @param {'replace'|'refresh'|'more'} how */
  async function read(sessionId, how) {
    const { q, cursor } = chats();
    const current = () => chats().sessionId === sessionId && chats().q === q;
    try {
      const page = await api.listChats(sessionId, { q, limit: PAGE, cursor: how === 'more' ? cursor : undefined });
      if (current()) dispatch({ type: 'chatsLoaded', list: page.data, cursor: page.nextCursor, how });
    } catch (/** @type {any} */ error) {
      if (!current()) return;
      dispatch({ type: 'chatsFailed', error });
      if (how === 'more' || error.status === 401) fail(error);
    }
  }
  const searchSoon = settled((sessionId) => read(sessionId, 'replace'));

  return {
    /** The chats of a session: read anew when it is another one, brought up to date when it is not. @param {string} sessionId */
    openChats(sessionId) {
      const same = chats().sessionId === sessionId && chats().status === 'ready';
      if (!same) dispatch({ type: 'chatsAsked', sessionId, q: '' });
      return read(sessionId, same ? 'refresh' : 'replace');
    },
    /** @param {string} q */
    searchChats(q) {
      const { sessionId } = chats();
      dispatch({ type: 'chatsAsked', sessionId, q });
      searchSoon(sessionId);
    },
    moreChats() {
      const { sessionId, cursor, busy } = chats();
      if (!cursor || busy) return;
      dispatch({ type: 'chatsMore' });
      return read(sessionId, 'more');
    },
    refreshChats: () => (chats().sessionId ? read(chats().sessionId, 'refresh') : undefined),
  };
}

/** How the open conversation is read and changed. @param {import('../../actions.js').Context} context */
function createReader({ store, api, dispatch, fail }) {
  const thread = () => store.state.messages.thread;
  const change = (/** @type {Record<string, any>} */ changes) => dispatch({ type: 'threadChanged', changes });

  /** @param {import('../../types.js').Query} query @param {boolean} end whether the cursor is where older ones begin */
  async function read(query, end) {
    const { sessionId, chatId } = thread();
    const current = () => thread().sessionId === sessionId && thread().chatId === chatId;
    try {
      const page = await api.listMessages(sessionId, { chatId, limit: PAGE, ...query });
      if (!current()) return false;
      dispatch({ type: 'threadLoaded', list: page.data, ...(end ? { cursor: page.nextCursor } : {}) });
      return true;
    } catch (/** @type {any} */ error) {
      if (!current()) return false;
      dispatch({ type: 'threadFailed', error, older: Boolean(query.cursor) });
      if (error.status === 401) fail(error);
      return false;
    }
  }
  return { thread, change, read };
}

/** The messages of the open conversation. @param {import('../../actions.js').Context} context @param {ReturnType<typeof createReader>} reader */
function threadActions({ store, api, dispatch }, { thread, change, read }) {
  /** Reactions are events, not part of messages: the latest ones of the session are applied. @param {string} sessionId */
  async function readReactions(sessionId) {
    const query = { sessionId, type: 'message.reaction', order: 'desc', limit: 200 };
    const page = await api.listEvents(query).catch(() => null);
    if (page && thread().sessionId === sessionId)
      dispatch({ type: 'threadLoaded', list: [], reactions: page.data.reverse() });
  }

  /** What a chat is called, when the list of chats does not reach down to it. @param {string} sessionId @param {string} chatId */
  async function readChat(sessionId, chatId) {
    if (store.state.messages.chats.list.some((chat) => sameChat(chat, { chatId }))) return;
    const page = await api.listChats(sessionId, { q: chatId, limit: 1 }).catch(() => null);
    const chat = page?.data.find((found) => sameChat(found, { chatId }));
    if (chat && thread().chatId === chatId) change({ chat });
  }

  /** Reads the page before the oldest message that is here. Scrolling asks for it again and again: not after a failure. */
  async function older() {
    const { cursor, busy, status, stuck } = thread();
    if (!cursor || busy || stuck || status !== 'ready') return;
    change({ busy: true });
    await read({ cursor }, true);
  }

  let trimming = false;

  /** Lets go of what is far above, while the reader is at the end. */
  async function trim() {
    const { list, away, sessionId, chatId, status } = thread();
    if (trimming || away || status !== 'ready' || list.length <= MOST) return;
    trimming = true;
    const page = await api.listMessages(sessionId, { chatId, limit: 200 }).catch(() => null);
    if (page) dispatch({ type: 'threadTrimmed', sessionId, chatId, list: page.data, cursor: page.nextCursor });
    trimming = false;
  }

  return {
    trim,
    /** @param {string} sessionId @param {string} [chatId] none: all of the session */
    async openThread(sessionId, chatId = '') {
      dispatch({ type: 'threadAsked', sessionId, chatId });
      dispatch({ type: 'chatOpened', chatId });
      if (!(await read({}, true)) || !chatId) return;
      readReactions(sessionId);
      readChat(sessionId, chatId);
    },
    closeThread() {
      dispatch({ type: 'threadAsked', sessionId: '', chatId: '' });
      dispatch({ type: 'chatOpened', chatId: '' });
    },
    older,
    /** Reads older ones after that did not work. */
    olderAgain() {
      change({ stuck: null });
      return older();
    },
    refreshThread: () => (thread().status === 'ready' ? read({}, false) : undefined),
    /** Where the reader is. @param {boolean} away */
    readerMoved: (away) => change(away ? { away } : { away, unseen: 0, target: '' }),
    /** Shows the newest message. */
    toNewest: () => change({ jump: thread().jump + 1, away: false, unseen: 0, target: '' }),
  };
}

/** @param {import('../../actions.js').Context} context @param {ReturnType<typeof createReader>} reader */
function searchActions({ api, fail }, { thread, change, read }) {
  const find = settled(async (/** @type {string} */ q) => {
    const { sessionId, chatId } = thread();
    const current = () => thread().found?.q === q && thread().chatId === chatId && thread().sessionId === sessionId;
    try {
      const page = await api.listMessages(sessionId, { chatId, q, limit: PAGE });
      if (current()) change({ found: { q, status: 'ready', list: page.data } });
    } catch (error) {
      if (!current()) return;
      change({ found: { q, status: 'failed', list: [] } });
      fail(error);
    }
  });

  return {
    /** Opens, changes and (with null) ends the search in the conversation. @param {string|null} q */
    searchThread(q) {
      const wanted = q?.trim();
      change({ found: q === null ? null : { q: wanted, status: wanted ? 'loading' : 'idle', list: [] } });
      if (wanted) find(wanted);
    },
    /** Shows a message in its place, reading back as far as that is. @param {string} id */
    async showMessage(id) {
      change({ found: null });
      const here = () => thread().list.some((/** @type {Message} */ message) => message.id === id);
      for (let pages = 0; !here() && pages < FAR; pages++) {
        const { cursor } = thread();
        if (!cursor || !(await read({ cursor, limit: 200 }, true))) break;
      }
      change({ target: id });
    },
  };
}

/** @param {import('../../actions.js').Context} context */
export function chatActions(context) {
  const { store } = context;
  const list = listActions(context);
  const reader = createReader(context);
  const { trim, ...reading } = threadActions(context, reader);
  const thread = { ...reading, ...searchActions(context, reader) };
  const sending = () => store.state.messages.attempts.some(({ phase }) => phase === 'sending');
  /** What events name and do not show is read: all of it at once, and not while an answer will bring it. */
  const catchUp = settled(() => {
    if (sending()) return;
    thread.refreshThread();
    list.refreshChats();
  });

  return {
    ...list,
    ...thread,
    catchUp,
    /** Messages of others that use the API are named by their states alone. @param {WamuxEvent[]} events */
    onEvents(events) {
      const { chats, thread } = store.state.messages;
      trim();
      for (const event of events) {
        const id = event.type === 'message.state' && messageOf(event);
        if (!id || (event.sessionId !== chats.sessionId && event.sessionId !== thread.sessionId)) continue;
        const inThread =
          event.sessionId !== thread.sessionId ||
          (thread.chatId && !sameChat(event.data, { chatId: thread.chatId })) ||
          thread.list.some((message) => message.id === id);
        const chat = chats.list.find((known) => sameChat(known, event.data));
        const inList = event.sessionId !== chats.sessionId || (chat && chat.lastMessage.id >= id);
        if (!inThread || !inList) return catchUp();
      }
    },
  };
}

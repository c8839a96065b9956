// What this browser keeps: the key, the language, the theme. The storages are handed in.

const KEY = 'wamux.key';

/** A storage may be full or forbidden; the page works without. @template T @param {() => T} use @param {T} otherwise @returns {T} */
function attempt(use, otherwise) {
  try {
    return use();
  } catch {
    return otherwise;
  }
}

/** @param {{local: Storage, session: Storage}} storages `session` ends with the tab, `local` stays */
export function createDevice({ local, session }) {
  const read = (/** @type {Storage} */ storage, /** @type {string} */ name) =>
    attempt(() => storage.getItem(name), null);
  let key = read(session, KEY) ?? read(local, KEY);
  return {
    key: () => key,
    /** Whether the key stays when the tab is closed. */
    isKept: () => read(local, KEY) !== null,
    /** @param {string} value @param {boolean} keep */
    setKey(value, keep) {
      key = value;
      attempt(() => {
        (keep ? session : local).removeItem(KEY);
        (keep ? local : session).setItem(KEY, value);
      }, undefined);
    },
    forgetKey() {
      key = null;
      attempt(() => {
        session.removeItem(KEY);
        local.removeItem(KEY);
      }, undefined);
    },
    /** @param {'language'|'theme'} name */
    get: (name) => read(local, `wamux.${name}`),
    /** @param {'language'|'theme'} name @param {string} value */
    set: (name, value) => attempt(() => local.setItem(`wamux.${name}`, value), undefined),
  };
}
/** @typedef {ReturnType<typeof createDevice>} Device */

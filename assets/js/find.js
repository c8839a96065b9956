// How people look for a session: by any part of what it is called. Pure.

/** @typedef {import('./types.js').Session} Session */

/** Without accents and case, as people type. @param {string} text */
export const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** @type {WeakMap<Session, string>} */
const known = new WeakMap();
/** @param {Session} session */
function wordsOf(session) {
  let words = known.get(session);
  if (words === undefined) {
    words = fold([session.name, session.id, session.clientId, session.pushName, session.phone].join('\n'));
    known.set(session, words);
  }
  return words;
}

/** Whether a session is what a text looks for; a phone number may be written in any way. @param {string} text */
export function matcher(text) {
  const words = fold(text).split(/\s+/).filter(Boolean);
  const digits = /^[+\d][\d\s().-]*$/.test(text.trim()) ? text.replace(/\D/g, '') : '';
  return (/** @type {Session} */ session) =>
    words.every((word) => wordsOf(session).includes(word)) || (digits !== '' && (session.phone ?? '').includes(digits));
}

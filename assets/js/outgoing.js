// What a message needs before it can leave: a recipient, a size that fits, and the same request as a command. Pure.

/** `limits.text_bytes` as it is by default; a daemon with another limit says so when it refuses. */
export const TEXT_BYTES = 65_536;

/** @typedef {'empty'|'short'|'invalid'|'unsupported'|'phone'|'lid'|'group'} RecipientKind */
/** @typedef {{kind: RecipientKind, to: string, number: string}} Recipient */

const NUMBER = /^\+?[\d\s().-]*$/;
const GROUP = /^\d+(-\d+)?$/;

/** @param {string} digits @param {string} to @returns {Recipient} */
function ofDigits(digits, to) {
  if (digits.startsWith('0') || digits.length > 15) return { kind: 'invalid', to, number: digits };
  return { kind: digits.length < 7 ? 'short' : 'phone', to: `+${digits}`, number: digits };
}

/** What somebody typed as a recipient: where it leads, or what is missing. @param {string} text @returns {Recipient} */
export function parseRecipient(text) {
  const bare = text.trim();
  if (!bare) return { kind: 'empty', to: '', number: '' };
  const [user, server] = bare.split('@');
  const digits = user.replace(/\D/g, '');
  /** @param {RecipientKind} kind @returns {Recipient} */
  const as = (kind) => ({ kind, to: bare, number: digits });
  if (server === undefined) return NUMBER.test(user) ? ofDigits(digits, bare) : as('invalid');
  if (server === 'newsletter' || bare === 'status@broadcast') return as('unsupported');
  if (server === 'c.us' || server === 's.whatsapp.net')
    return NUMBER.test(user) ? { ...ofDigits(digits, bare), to: bare } : as('invalid');
  if (server === 'lid') return /^\d{1,20}$/.test(user) ? as('lid') : as('invalid');
  if (server === 'g.us') return GROUP.test(user) ? as('group') : as('invalid');
  // Half of a name that is still being typed.
  return ['c.us', 's.whatsapp.net', 'lid', 'g.us'].some((name) => name.startsWith(server))
    ? as('short')
    : as('invalid');
}

export const canSend = (/** @type {RecipientKind} */ kind) => kind === 'phone' || kind === 'lid' || kind === 'group';

/** A chat as one would type it. @param {{chatId: string, phone: string|null}} chat */
export const recipientOf = ({ chatId, phone }) => (phone && !chatId.endsWith('@g.us') ? `+${phone}` : chatId);

/** How long a text is for the API. @param {string} text */
export const byteLength = (text) => new TextEncoder().encode(text).length;

/** One word of a shell, whatever is in it. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same request for a terminal. The key is named, never shown. @param {string} origin @param {{sessionId: string, to: string, text: string}} body */
export const asCurl = (origin, body) => `curl -X POST ${origin}/api/messages/send \\
  -H "X-Api-Key: $KEY" \\
  -H 'Content-Type: application/json' \\
  -d ${quoted(JSON.stringify(body))}`;

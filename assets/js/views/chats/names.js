// How chats and people are called on the page. Pure.
import { number, phone } from '../../format.js';
import { has, t } from '../../i18n.js';
import { TEXT_BYTES } from '../../outgoing.js';

/** @param {{chatId: string, phone: string|null, name?: string|null}} chat */
export function chatName({ chatId, phone: digits, name }) {
  if (name) return name;
  if (chatId.endsWith('@g.us')) return t('chats.group');
  return digits ? phone(digits) : chatId;
}

/** @param {import('../../types.js').Person & {name?: string|null}} person */
export const personName = (person) => person.name || (person.phone ? phone(person.phone) : person.chatId);

/** A colour of the eight that a name can have, always the same for the same person. @param {string} id */
export function colourOf(id) {
  let sum = 0;
  for (const sign of id) sum = (sum * 31 + sign.charCodeAt(0)) >>> 0;
  return sum % 8;
}

/** One or two letters that stand for a name. @param {string} name */
export function initials(name) {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return words.length ? [words[0], ...words.slice(1).slice(-1)].map((word) => [...word][0].toUpperCase()).join('') : '';
}

/** What a list shows of a message in one line. @param {import('../../types.js').Message} message */
export function excerpt({ text, type, revokedAt }) {
  if (revokedAt) return t('chats.deleted');
  if (text) return text.slice(0, 200).replace(/\s+/g, ' ');
  return typeName(type);
}

/** The kind of a message that is no text. @param {string} type */
export const typeName = (type) => t(has(`messageTypes.${type}`) ? `messageTypes.${type}` : 'messageTypes.unknown');

/** The size of a text beside its limit. @param {number} bytes */
export const sizeOf = (bytes) =>
  `${number(bytes)} / ${number(TEXT_BYTES, { style: 'unit', unit: 'byte', unitDisplay: 'long' })}`;

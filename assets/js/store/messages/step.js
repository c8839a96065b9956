// What events make of one message. Pure.

/** @typedef {import('../../types.js').Message} Message */
/** @typedef {import('../../types.js').WamuxEvent} WamuxEvent */

const ORDER = ['queued', 'sending', 'unknown', 'sent', 'delivered', 'read', 'played', 'failed'];

/** Whether an event tells of one message, and of which. @param {WamuxEvent} event */
export const messageOf = ({ type, data }) =>
  type === 'message.received' || type === 'message.sent'
    ? data.id
    : type.startsWith('message.')
      ? data.messageId
      : null;

/** The message after an event that is about it; a step back, as when receipts overtake each other, leaves the state. @param {Message} message @param {WamuxEvent} event @returns {Message} */
export function stepped(message, { type, data }) {
  if (type === 'message.edited') return { ...message, text: data.text, editedAt: data.editedAt };
  if (type === 'message.revoked') return { ...message, text: null, revokedAt: data.revokedAt };
  if (type !== 'message.state') return message;
  const states = { [data.state]: data.at, ...message.states };
  const back = ORDER.indexOf(data.state) < ORDER.indexOf(message.state ?? 'queued');
  return { ...message, states, state: back ? message.state : data.state, failure: data.failure ?? message.failure };
}

/** Whether two names mean the same conversation: a person goes by number and by LID. @param {{chatId: string, phone?: string|null, lid?: string|null}} a @param {{chatId: string, phone?: string|null, lid?: string|null}} b */
export function sameChat(a, b) {
  if (a.chatId === b.chatId) return true;
  const names = (/** @type {typeof a} */ { chatId, phone, lid }) =>
    chatId.endsWith('@g.us') ? [] : [chatId, phone && `${phone}@c.us`, lid && `${lid}@lid`].filter(Boolean);
  const others = names(b);
  return names(a).some((name) => others.includes(name));
}

/** The newer state of two readings of one message: answers can come after the events that they do not know. @param {Message|undefined} known @param {Message} read */
export function newer(known, read) {
  if (!known?.state || !read.state) return read;
  return ORDER.indexOf(known.state) > ORDER.indexOf(read.state) && known.text === read.text ? known : read;
}

/** Messages by time and id, oldest first, each once. @param {Message[]} list @param {Message[]} more */
export function merged(list, more) {
  const byId = new Map(list.map((message) => [message.id, message]));
  for (const message of more) byId.set(message.id, newer(byId.get(message.id), message));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

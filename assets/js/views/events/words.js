// An event in one line of plain words, and what its type is called. Types that are not known are shown as they are.
import { dateTime, duration, phone, time } from '../../format.js';
import { has, t } from '../../i18n.js';

/** @typedef {import('../../types.js').WamuxEvent} WamuxEvent */

/** Every type of docs/EVENTS.md, by noun. */
export const TYPES = {
  session: 'created starting linking qr connected disconnected unstable restricted stopped loggedOut failed deleted',
  message: 'received sent state reaction edited revoked pendingDecrypt',
  group: 'updated participantsChanged',
  call: 'received ended',
  presence: 'updated',
  contact: 'numberChanged',
};
/** @typedef {keyof typeof TYPES} Noun */
export const NOUNS = /** @type {Noun[]} */ (Object.keys(TYPES));
/** @param {Noun} noun */
export const typesOf = (noun) => TYPES[noun].split(' ').map((verb) => `${noun}.${verb}`);

/** @type {Record<string, string>} */
const ICONS = {
  session: 'smartphone',
  message: 'message-square',
  group: 'users',
  call: 'phone',
  presence: 'user',
  contact: 'user',
  webhook: 'webhook',
  stream: 'triangle-alert',
};
/** @type {Record<string, import('../parts/badge.js').Tone>} */
const TONES = {
  'session.connected': 'ok',
  'session.disconnected': 'warn',
  'session.unstable': 'warn',
  'session.restricted': 'warn',
  'session.loggedOut': 'warn',
  'session.failed': 'bad',
  'message.received': 'info',
  'message.pendingDecrypt': 'warn',
  'stream.gap': 'warn',
};

/** `message.received` as `messageReceived`. @param {string} type */
const camel = (type) => type.replace(/\.(.)/g, (_, letter) => letter.toUpperCase());
const upper = (/** @type {unknown} */ word) => String(word).replace(/^./, (letter) => letter.toUpperCase());

/** What a type is called; its name when nobody wrote words for it. @param {string} type */
export const typeName = (type) => (has(`eventTypes.${camel(type)}`) ? t(`eventTypes.${camel(type)}`) : type);

/** @param {WamuxEvent} event */
export const eventIcon = ({ type }) => ICONS[type.split('.')[0]] ?? 'activity';
/** @param {WamuxEvent} event @returns {import('../parts/badge.js').Tone} */
export const eventTone = ({ type, data }) => (data?.state === 'failed' ? 'bad' : (TONES[type] ?? 'idle'));

/** @param {any} person anything with `phone` and `chatId` */
function who(person) {
  if (person?.phone) return phone(person.phone);
  return person?.chatId ? String(person.chatId).split('@')[0] : t('eventLines.somebody');
}
/** @param {any} message */
const author = (message) => (message.fromMe ? t('eventLines.otherDevice') : message.senderName || who(message.sender));
/** @param {any} message */
const said = ({ text, type }) =>
  text ? `“${text.length > 200 ? `${text.slice(0, 200)}…` : text}”` : `(${type ?? '–'})`;

/** What else the words for a type need: another form of them, and what is filled in. @type {Record<string, (data: any) => [string?, Record<string, unknown>?]>} */
const MORE = {
  'session.qr': (data) => ['', { at: time(data.expiresAt) }],
  'session.unstable': (data) => ['', { count: data.losses, span: duration(data.windowSeconds * 1000) }],
  'session.restricted': (data) => [data.cause ? '' : 'Over'],
  'session.loggedOut': (data) => [data.cause?.code === 'loggedOutByRequest' ? 'Asked' : ''],
  'session.failed': ({ cause }) => [upper(cause?.code ?? ''), { until: cause?.until ? dateTime(cause.until) : '–' }],
  'message.received': (data) => ['', { who: author(data), text: said(data) }],
  'message.sent': (data) => ['', { who: who(data), text: said(data) }],
  'message.state': (data) => [
    data.recipient ? 'Group' : '',
    { who: who(data), member: who(data.recipient), state: stateName(data.state) },
  ],
  'message.reaction': (data) => [data.emoji ? '' : 'Back', { who: author(data), emoji: data.emoji }],
  'message.edited': (data) => ['', { who: author(data), text: said(data) }],
  'message.revoked': (data) => [data.byAdmin ? 'Admin' : '', { who: author(data) }],
  'message.pendingDecrypt': (data) => [data.phoneOnly ? 'Phone' : '', { who: author(data) }],
  'group.updated': groupChange,
  'group.participantsChanged': members,
  'call.received': (data) => [data.groupId ? 'Group' : data.video ? 'Video' : '', { who: who(data.from) }],
  'call.ended': (data) => [upper(data.reason), { who: who(data.from) }],
  'presence.updated': (data) => [upper(data.state), { who: who(data.from) }],
  'contact.numberChanged': (data) => ['', { old: who(data.old), new: who(data.new) }],
};

/** @param {string} state */
const stateName = (state) => (has(`messageStates.${state}`) ? t(`messageStates.${state}`) : state);

/** @param {any} data @returns {[string, Record<string, unknown>]} */
function groupChange({ change, value }) {
  const off = value === false || value === 0 || value === null;
  const both = ['locked', 'announce', 'joinApproval', 'ephemeral', 'suspended', 'description'];
  const form = change === 'memberAddMode' ? (value === 'admin_add' ? 'Admins' : 'All') : '';
  const span = change === 'ephemeral' && value ? duration(value * 1000) : '';
  return [`${upper(change)}${form}${both.includes(change) && off ? 'Off' : ''}`, { value: value ?? '', span }];
}

/** @param {any} data @returns {[string, Record<string, unknown>]} */
function members({ action, participants = [], by }) {
  const left = action === 'remove' && participants.length === 1 && participants[0].chatId === by?.chatId;
  return [left ? 'Left' : upper(action), { who: participants.map(who).join(', '), count: participants.length }];
}

/** @param {WamuxEvent} event */
export function eventLine({ type, data }) {
  const key = `eventLines.${camel(type)}`;
  let [form = '', params = {}] = /** @type {[string?, Record<string, unknown>?]} */ ([]);
  try {
    [form = '', params = {}] = MORE[type]?.(data ?? {}) ?? [];
  } catch {
    // A newer daemon may tell it otherwise: what the type is called says enough.
    return typeName(type);
  }
  if (has(`${key}${form}`)) return t(`${key}${form}`, params);
  return has(key) && !form ? t(key, params) : typeName(type);
}

/** An event as it is told, its members in the order that people know. @param {WamuxEvent} event */
export function eventJson({ id, type, seq, at, sessionId, clientId, ...rest }) {
  return JSON.stringify({ id, type, seq, at, sessionId, clientId, ...rest }, null, 2);
}

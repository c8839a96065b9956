// Dates, numbers, phone numbers and WhatsApp's formatting as people read them. Pure, but for the language that is set.
import { locale } from './i18n.js';

/** @type {Map<string, any>} */
const made = new Map();

/** Formatters are dear to make, so each is made once a language. @param {string} kind @param {any} options */
function formatter(kind, options) {
  const key = `${kind}${locale()}${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new /** @type {any} */ (Intl)[kind](locale(), options));
  return made.get(key);
}

/** @param {number|null|undefined} value @param {Intl.NumberFormatOptions} [options] */
export const number = (value, options = {}) => (value == null ? '–' : formatter('NumberFormat', options).format(value));

/** 0.974 as 97.4 %. @param {number|null|undefined} share */
export const percent = (share) => number(share, { style: 'percent', maximumFractionDigits: 1 });

/** 12345 as 12K, where space is short. @param {number|null|undefined} value */
export const compact = (value) => number(value, { notation: 'compact', maximumFractionDigits: 1 });

const UNITS = /** @type {const} */ ([
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]);

/** "3 minutes ago", "in 2 hours", "now". @param {string|null|undefined} at RFC 3339 @param {number} now milliseconds */
export function relative(at, now) {
  if (!at) return '–';
  const seconds = (Date.parse(at) - now) / 1000;
  const rules = formatter('RelativeTimeFormat', { numeric: 'auto', style: 'short' });
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return rules.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 5 ? rules.format(0, 'second') : rules.format(Math.trunc(seconds), 'second');
}

/** The whole date and time, for titles and details. @param {string|null|undefined} at */
export const dateTime = (at) =>
  at ? formatter('DateTimeFormat', { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at)) : '–';
/** @param {string|null|undefined} at */
export const date = (at) => (at ? formatter('DateTimeFormat', { dateStyle: 'medium' }).format(new Date(at)) : '–');
/** Hours and minutes. @param {string|null|undefined} at */
export const time = (at) => (at ? formatter('DateTimeFormat', { timeStyle: 'short' }).format(new Date(at)) : '–');
/** Hours, minutes, seconds. @param {string|null|undefined} at */
export const timeExact = (at) => (at ? formatter('DateTimeFormat', { timeStyle: 'medium' }).format(new Date(at)) : '–');

/** The time if it is today's, or else the date with it. @param {string} at @param {number} now */
export const moment = (at, now) =>
  new Date(at).toDateString() === new Date(now).toDateString() ? timeExact(at) : dateTime(at);
/** An hour, as on an axis. @param {number} ms */
export const hourLabel = (ms) => formatter('DateTimeFormat', { hour: 'numeric' }).format(ms);
/** A day, as on an axis. @param {number} ms */
export const dayLabel = (ms) => formatter('DateTimeFormat', { day: 'numeric', month: 'short' }).format(ms);
/** A day with its name. @param {number} ms */
export const dayName = (ms) =>
  formatter('DateTimeFormat', { weekday: 'short', day: 'numeric', month: 'short' }).format(ms);
/** From when to when on one day. @param {number} from @param {number} to milliseconds */
export const hours = (from, to) =>
  formatter('DateTimeFormat', { weekday: 'short', hour: 'numeric', minute: '2-digit' }).formatRange(from, to - 1);

/** The day as a heading: today, yesterday, or its date. @param {string} at @param {number} now */
export function day(at, now) {
  const start = (/** @type {number} */ ms) => new Date(ms).setHours(0, 0, 0, 0);
  const days = Math.round((start(Date.parse(at)) - start(now)) / 86_400_000);
  if (days === 0 || days === -1) return formatter('RelativeTimeFormat', { numeric: 'auto' }).format(days, 'day');
  return formatter('DateTimeFormat', { weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(at));
}

/** When a thing was written down, which its id begins with: `evt_` and 26 more. @param {string} id */
export function timeOfId(id) {
  const digits = id.slice(id.indexOf('_') + 1).slice(0, 10);
  let ms = 0;
  for (const digit of digits) ms = ms * 32 + '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(digit);
  return new Date(ms).toISOString();
}

/** @param {number} value @param {string} unit @param {number} [digits] */
const unit = (value, unit, digits = 0) =>
  number(value, { style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: digits });

/** A span: "120 ms", "3.4 s", "2 h 5 min". @param {number|null|undefined} ms */
export function duration(ms) {
  if (ms == null) return '–';
  if (ms < 1000) return number(Math.round(ms), { style: 'unit', unit: 'millisecond', unitDisplay: 'short' });
  const seconds = ms / 1000;
  if (seconds < 60)
    return number(seconds, {
      style: 'unit',
      unit: 'second',
      unitDisplay: 'short',
      maximumFractionDigits: seconds < 10 ? 1 : 0,
    });
  const parts = /** @type {const} */ ([
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
    ['second', 1],
  ]);
  const first = parts.findIndex(([, size]) => seconds >= size);
  const [name, size] = parts[first];
  const next = parts[first + 1];
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
  return [unit(Math.floor(seconds / size), name), ...(rest ? [unit(rest, next[0])] : [])].join(' ');
}

/** Longest country codes first; the rest of a number is grouped from the end. */
const COUNTRY = /^(1|7|2[07]|3[0123469]|4[013456789]|5[12345678]|6[0123456]|8[1246]|9[0123458]|\d{3})(\d*)$/;

/** Digits as people write them: +55 11 99999-8888. @param {string|null|undefined} digits */
export function phone(digits) {
  if (!digits) return '–';
  const found = COUNTRY.exec(digits);
  if (!found || digits.length < 8) return `+${digits}`;
  const [, country, rest] = found;
  if (country === '55' && rest.length >= 10) return `+55 ${rest.slice(0, 2)} ${rest.slice(2, -4)}-${rest.slice(-4)}`;
  if (country === '1' && rest.length === 10) return `+1 ${rest.slice(0, 3)} ${rest.slice(3, 6)}-${rest.slice(6)}`;
  // Four digits at the end, threes before them.
  const groups = [rest.slice(-4)];
  for (let end = rest.length - 4; end > 0; end -= 3) groups.unshift(rest.slice(Math.max(0, end - 3), end));
  return `+${country} ${groups.join(' ')}`;
}

/** @typedef {{kind: 'text', text: string} | {kind: 'bold'|'italic'|'strike'|'mono'|'code', children: Node[]} | {kind: 'link', text: string}} Node */

const MARKS = /** @type {const} */ ([
  ['mono', /```([\s\S]+?)```/g],
  ['code', /`([^`\n]+)`/g],
  ['bold', /(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])/g],
  ['italic', /(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])/g],
  ['strike', /(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])/g],
  ['link', /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)]/g],
]);
/** Marks that are drawn in one text: nobody writes more, and each costs the page an element. */
const MOST_MARKS = 1_000;

/** The next mark from a place on, whatever its kind; each pattern is asked again only when its last hit was passed. @param {string} text */
function marksOf(text) {
  const hits = MARKS.map(([kind, pattern]) => ({
    kind,
    pattern,
    hit: /** @type {RegExpExecArray|null} */ (null),
    from: -1,
  }));
  return (/** @type {number} */ at) => {
    let first = /** @type {typeof hits[number]|null} */ (null);
    for (const mark of hits) {
      if (mark.from < at) {
        mark.pattern.lastIndex = at;
        mark.hit = mark.pattern.exec(text);
        mark.from = mark.hit?.index ?? text.length;
      }
      if (mark.hit && (!first || mark.from < first.from)) first = mark;
    }
    return first?.hit ? { kind: first.kind, hit: first.hit } : null;
  };
}

/** @param {string} text @param {{marks: number}} left how many more may be drawn @returns {Node[]} */
function parse(text, left) {
  const nodes = /** @type {Node[]} */ ([]);
  const next = marksOf(text);
  let at = 0;
  while (at < text.length && left.marks > 0) {
    const mark = next(at);
    if (!mark) break;
    const { kind, hit } = mark;
    left.marks -= 1;
    if (hit.index > at) nodes.push({ kind: 'text', text: text.slice(at, hit.index) });
    if (kind === 'link') nodes.push({ kind, text: hit[0] });
    // What is marked has no such mark within it, so this goes as deep as there are kinds.
    else if (kind === 'mono' || kind === 'code') nodes.push({ kind, children: [{ kind: 'text', text: hit[1] }] });
    else nodes.push({ kind, children: parse(hit[1], left) });
    at = hit.index + hit[0].length;
  }
  if (at < text.length) nodes.push({ kind: 'text', text: text.slice(at) });
  return nodes;
}

/** A text with WhatsApp's *bold*, _italic_, ~strike~, `code` and ```mono``` as a tree; what has too many marks goes on as it is. @param {string} text @returns {Node[]} */
export const parseFormatting = (text) => (text ? parse(text, { marks: MOST_MARKS }) : []);

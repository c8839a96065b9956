// Every text that people see or hear on a page, and which of them are words and not somebody's data.
import { DICTIONARIES } from './words.mjs';

/** @typedef {import('./browser.mjs').Tab} Tab */

/** Texts in sight, names read out, hints. Code, and what people wrote, is left out. @param {Tab} tab @returns {Promise<string[]>} */
export const textsOf = ({ page }) =>
  page.evaluate(() => {
    const found = new Set([document.title]);
    const spoken = ['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'aria-valuetext'];
    for (const element of document.querySelectorAll('body, body *')) {
      for (const name of spoken) if (element.hasAttribute(name)) found.add(element.getAttribute(name) ?? '');
      if (element.closest('code, pre, [translate="no"], script, style, noscript')) continue;
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) found.add(node.textContent ?? '');
    }
    return [...found].map((text) => text.replace(/\s+/g, ' ').trim()).filter(Boolean);
  });

/** Follows what the API answers: each text in there is data, and so are the parts that formatting cuts it into. @param {Tab} tab @returns {Set<string>} */
export function collectData({ page }) {
  const data = new Set();
  /** @param {any} value */
  const take = (value) => {
    if (value && typeof value === 'object') Object.values(value).forEach(take);
    if (typeof value !== 'string') return;
    for (const part of [value, value.replace(/^https?:\/\//, ''), ...value.split(/[*_~`]|\s(?=https?:)/)])
      data.add(part.trim());
  };
  page.on('response', async (response) => {
    if (response.headers()['content-type']?.startsWith('application/json'))
      take(await response.json().catch(() => null));
  });
  return data;
}

const KEYS = new Set(Object.keys(DICTIONARIES.en));

/** Names of words that nobody wrote, and holes that nobody filled; `{text}` is what the simulator's people fill in.  @param {string[]} texts @param {Set<string>} data */
export const leaks = (texts, data) =>
  texts.filter(
    (text) =>
      !data.has(text) &&
      (KEYS.has(text) || /\{(?!text\})\w+\}/.test(text) || /\b(undefined|null|NaN|\[object)\b/.test(text)),
  );

const escaped = (/** @type {string} */ text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The words of a text: without data, addresses, single letters, and what has a digit in it. @param {string} text @param {string[]} data the longest first */
export function wordsIn(text, data) {
  let rest = text.replace(/https?:\/\/\S+/g, ' ');
  for (const entry of data)
    if (entry.length > 1 && rest.includes(entry))
      rest = rest.replace(new RegExp(`(?<![\\p{L}\\p{N}])${escaped(entry)}(?![\\p{L}\\p{N}])`, 'gu'), ' ');
  return (rest.match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => word.length > 1 && !/\p{N}/u.test(word));
}

// The page's words in a language, so that tests name things as people read them and not by what they are called in the code.
import { readdirSync } from 'node:fs';

/** @typedef {'en'|'es'|'pt'} Language */
const folder = new URL('../../../assets/js/i18n/', import.meta.url);
/** The files that words are in. */
export const WORD_FILES = readdirSync(new URL('en/', folder)).map((file) => file.replace('.js', ''));

/** All words of a language. @param {Language} language @returns {Promise<Record<string, any>>} */
async function dictionary(language) {
  const files = WORD_FILES.map((file) => import(new URL(`${language}/${file}.js`, folder).href));
  return Object.assign({}, ...(await Promise.all(files)).map((module) => module.default));
}

/** @type {Record<Language, Record<string, any>>} */
export const DICTIONARIES = { en: await dictionary('en'), es: await dictionary('es'), pt: await dictionary('pt') };

/**
 * The words for a key: a text without holes as it is; with holes, a pattern that takes anything for those not given.
 * @param {Language} language
 */
export function words(language) {
  const dictionary = DICTIONARIES[language];
  /** @param {string} key @param {Record<string, string|number>} [values] @returns {string} */
  return (key, values = {}) => {
    const entry = dictionary[key];
    if (entry === undefined) throw new Error(`the page has no words '${key}'`);
    const text = typeof entry === 'string' ? entry : entry[Number(values.count) === 1 ? 'one' : 'other'];
    return text.replace(/\{(\w+)\}/g, (/** @type {string} */ hole, /** @type {string} */ name) =>
      String(values[name] ?? hole),
    );
  };
}

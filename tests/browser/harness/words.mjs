// The page's words in a language, so that tests name things as people read them and not by what they are called in the code.
import en from '../../../assets/js/i18n/en.js';
import es from '../../../assets/js/i18n/es.js';
import pt from '../../../assets/js/i18n/pt.js';

/** @typedef {'en'|'es'|'pt'} Language */
/** @type {Record<Language, Record<string, any>>} */
export const DICTIONARIES = { en, es, pt };

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

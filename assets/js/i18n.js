// The words of the page in the chosen language, loaded by subject as pages need them; other languages stay on the server.

/** @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Entry */
/** @typedef {Record<string, Entry>} Dictionary */

export const LANGUAGES = { en: 'English', es: 'Español', pt: 'Português' };
/** @typedef {keyof typeof LANGUAGES} Language */

let current = {
  language: /** @type {Language} */ ('en'),
  words: /** @type {Dictionary} */ ({}),
  plural: new Intl.PluralRules('en'),
};

/** The tag for Intl, which knows the countries that are meant. */
const TAGS = { en: 'en', es: 'es-419', pt: 'pt-BR' };
export const language = () => current.language;
export const locale = () => TAGS[current.language];

/** @param {Language} language @param {Dictionary} words */
export function setLanguage(language, words) {
  current = { language, words, plural: new Intl.PluralRules(TAGS[language]) };
}

/** Those that are needed so far, by their files; pages add theirs. */
const wanted = new Set(['common']);
/** @type {Map<string, Dictionary>} */
const dictionaries = new Map();

/** Loads all words that are needed in a language, also those that come to be while it loads. @param {Language} language */
async function read(language) {
  for (;;) {
    const missing = [...wanted].filter((subject) => !dictionaries.has(`${language}/${subject}`));
    if (!missing.length) return;
    await Promise.all(
      missing.map(async (subject) => {
        const { default: words } = await import(`./i18n/${language}/${subject}.js`);
        dictionaries.set(`${language}/${subject}`, words);
      }),
    );
  }
}

let chosen = /** @type {Language} */ ('en');

/** Loads what is missing, and speaks the language that was chosen last. */
async function speak() {
  let language;
  do {
    language = chosen;
    await read(language);
  } while (language !== chosen);
  setLanguage(language, Object.assign({}, ...[...wanted].map((subject) => dictionaries.get(`${language}/${subject}`))));
}

/** @param {Language} language */
export async function loadLanguage(language) {
  const before = current.language;
  chosen = language;
  try {
    await speak();
  } catch (error) {
    // Pages that come go on in the language that is spoken.
    if (chosen === language) chosen = before;
    throw error;
  }
}

/** Adds the words of some subjects, in this language and in each that is chosen later. @param {string[]} subjects */
export function loadWords(subjects) {
  for (const subject of subjects) wanted.add(subject);
  return speak();
}

/** The best of our languages for what a browser prefers. @param {readonly string[]} preferred @returns {Language} */
export function chooseLanguage(preferred) {
  const known = preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES);
  return /** @type {Language} */ (known ?? 'en');
}

/** @param {unknown} value */
const shown = (value) => (typeof value === 'number' ? new Intl.NumberFormat(locale()).format(value) : String(value));

/**
 * The words for `key`, with `{name}` replaced by `params.name`. Where there are plural forms, `params.count` chooses.
 * The key itself is shown when there are none, which the tests find.
 * @param {string} key @param {Record<string, unknown>} [params]
 */
export function t(key, params = {}) {
  const entry = current.words[key];
  if (entry === undefined) return key;
  const form =
    typeof entry === 'string' ? entry : (entry[current.plural.select(Number(params.count))] ?? entry.other ?? key);
  return form.replace(/\{(\w+)\}(\.?)/g, (whole, name, stop) => {
    if (!(name in params)) return whole;
    const words = shown(params[name]);
    // What ends in "p.m." at the end of a sentence has its full stop.
    return words.endsWith('.') ? words : words + stop;
  });
}

/** Whether there are words for `key`. @param {string} key */
export const has = (key) => key in current.words;

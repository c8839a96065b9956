// The words: the same keys in all languages, none forgotten, none that the page asks for and nobody wrote.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { chooseLanguage, loadLanguage, loadWords, setLanguage, t } from '../../../assets/js/i18n.js';
import { PAGES, SUBJECTS } from '../../../assets/js/pages.js';
import { DICTIONARIES, WORD_FILES } from '../harness/words.mjs';
import { modules } from './modules.mjs';

const { en, ...others } = DICTIONARIES;
afterEach(() => setLanguage('en', {}));

/** Words that are the same in English and in the language. */
const SAME = { es: ['nav.chats', 'nav.webhooks'], pt: ['nav.webhooks'] };

const forms = (/** @type {any} */ entry) => (typeof entry === 'string' ? { other: entry } : entry);
const holes = (/** @type {string} */ text) => [...new Set(text.match(/\{\w+\}/g))].sort().join();

for (const [language, words] of Object.entries(others)) {
  test(`${language} has the keys of English`, () =>
    assert.deepEqual(Object.keys(words).sort(), Object.keys(en).sort()));

  test(`${language} is not English by accident`, () => {
    const allowed = SAME[/** @type {'es'|'pt'} */ (language)];
    const same = Object.keys(en).filter(
      (key) => JSON.stringify(/** @type {any} */ (words)[key]) === JSON.stringify(/** @type {any} */ (en)[key]),
    );
    assert.deepEqual(same, allowed);
  });

  test(`${language} fills in what English does`, () => {
    for (const [key, entry] of Object.entries(en)) {
      const wanted = holes(forms(entry).other);
      for (const form of Object.values(forms(/** @type {any} */ (words)[key])))
        assert.equal(holes(String(form)), wanted, key);
    }
  });
}

/** Which file each key is in. @type {Map<string, string>} */
const owners = new Map();
for (const file of WORD_FILES) {
  const { default: words } = await import(`../../../assets/js/i18n/en/${file}.js`);
  for (const key of Object.keys(words)) {
    if (owners.has(key)) throw new Error(`${key} is in ${owners.get(key)} and in ${file}`);
    owners.set(key, file);
  }
}

const js = new URL('../../../assets/js/', import.meta.url);
const imported = (/** @type {Function} */ load) =>
  [...load.toString().matchAll(/import\('\.\/([^']+)'\)/g)].map(([, path]) => new URL(path, js));

for (const [page, [subject, view]] of Object.entries(PAGES))
  test(`${page} loads the words that it asks for`, () => {
    const code = [new URL('main.js', js), ...imported(view), ...imported(SUBJECTS[subject].code)];
    const text = [...new Set(code.flatMap((module) => [...modules(module)]))]
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const there = new Set(['common', ...SUBJECTS[subject].words, ...(subject === 'door' ? [] : SUBJECTS.frame.words)]);
    const asked = [...text.matchAll(/'([a-z]\w*\.[a-zA-Z]\w*)'/g)].map(([, key]) => key);
    const built = [...text.matchAll(/`([a-z]\w*\.)\$\{/g)].map(([, prefix]) => prefix);
    const needed = [...owners].filter(([key]) => asked.includes(key) || built.some((prefix) => key.startsWith(prefix)));
    // The sign-in loads the words for errors when there is one.
    if (subject === 'door') there.add('errors');
    assert.deepEqual(
      needed.filter(([, file]) => !there.has(file)),
      [],
    );
  });

/** @param {URL} folder @returns {string[]} */
const sources = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? entry.name === 'i18n'
        ? []
        : sources(new URL(`${entry.name}/`, folder))
      : [readFileSync(new URL(entry.name, folder), 'utf8')],
  );

test('what the page asks for is there, and what is there is asked for', () => {
  const text = sources(new URL('../../../assets/js/', import.meta.url)).join('\n');
  const asked = new Set([...text.matchAll(/'((?:[a-z]\w*)\.(?:[a-zA-Z]\w*))'/g)].map(([, key]) => key));
  const built = [...text.matchAll(/`([a-z]\w*\.)\$\{/g)].map(([, prefix]) => prefix);
  for (const [, key] of text.matchAll(/\bt\(\s*'([^']+)'/g)) assert.ok(key in en, `nobody wrote '${key}'`);
  const unused = Object.keys(en).filter((key) => !asked.has(key) && !built.some((prefix) => key.startsWith(prefix)));
  assert.deepEqual(unused, []);
});

test('every error of the API has its words', () => {
  const codes = [
    ...readFileSync(new URL('../../../docs/ERRORS.md', import.meta.url), 'utf8').matchAll(/^\| \d+ \| `(\w+)`/gm),
  ].map(([, code]) => code);
  assert.ok(codes.length > 40);
  assert.deepEqual(
    codes.filter((code) => !(`errors.${code}` in en)),
    [],
  );
});

test('plural forms and numbers follow the language', async () => {
  setLanguage('en', { a: { one: '{count} day', other: '{count} days' } });
  assert.equal(t('a', { count: 1 }), '1 day');
  assert.equal(t('a', { count: 2000 }), '2,000 days');
  setLanguage('pt', { a: { one: '{count} dia', other: '{count} dias' } });
  assert.equal(t('a', { count: 2000 }), '2.000 dias');
  await loadLanguage('es');
  assert.equal(t('nav.sessions'), 'Sesiones');
  await loadWords(['settings']);
  assert.notEqual(t('settings.signOut'), 'settings.signOut');
  await loadLanguage('en');
  assert.equal(t('settings.signOut'), 'Sign out');
});

test('what is missing is seen', () => {
  setLanguage('en', { a: 'Hello {name}' });
  assert.equal(t('nowhere'), 'nowhere');
  assert.equal(t('a'), 'Hello {name}');
});

test('the language of the browser is taken if it is ours', () => {
  assert.equal(chooseLanguage(['de-DE', 'pt-PT', 'en']), 'pt');
  assert.equal(chooseLanguage(['ja']), 'en');
});

test('a sentence that ends in a time with its own full stop has no second one', () => {
  setLanguage('es', { until: 'Vale hasta {time}. Luego no.' });
  assert.equal(t('until', { time: '3:21 p.m.' }), 'Vale hasta 3:21 p.m. Luego no.');
  assert.equal(t('until', { time: '15:21' }), 'Vale hasta 15:21. Luego no.');
  setLanguage('en', {});
});

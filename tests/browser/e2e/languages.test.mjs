// Three languages: no text is the same as in English, unless it is data or really is the same word. (Spanish and Portuguese
// share too many words to be compared with each other.)
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { journey } from '../harness/browser.mjs';
import { collectData, leaks, textsOf, wordsIn } from '../harness/texts.mjs';
import { startWorld } from '../harness/world.mjs';
import { DIALOGS } from '../pages/dialogs.mjs';
import { closeOpen } from '../pages/frame.mjs';

/** @typedef {import('../harness/words.mjs').Language} Language */
const LANGUAGES = /** @type {Language[]} */ (['en', 'es', 'pt']);

/** The same as in English: names, units, and words that the others took from it. */
const SAME = new Set([
  'wamux',
  'English',
  'Español',
  'Português',
  'Webhooks',
  'Webhook',
  'Chats',
  'Ctrl',
  'LID',
  'whsec',
  'ABCD',
  'Enter',
  'bytes',
  'URL',
  'QR',
  'API',
  'JSON',
  'ID',
  'ms',
  's',
  'h',
  'min',
  'HTTP',
]);

/** @type {import('../harness/world.mjs').World} */
let world;
/** @type {Map<Language, Map<string, string[]>>} */
const seen = new Map();
/** @type {Set<string>} */
const data = new Set();
before(async () => {
  world = await startWorld();
  for (const { id } of [world.sent, world.webhook]) data.add(id);
});
after(() => world?.end());

for (const language of LANGUAGES)
  journey(
    `every page speaks ${language}`,
    () => world,
    { language },
    async (tab, { pages }) => {
      const answers = collectData(tab);
      /** @type {Map<string, string[]>} */
      const texts = new Map();
      for (const [name, hash] of Object.entries(pages)) {
        await tab.open(hash);
        texts.set(name, await textsOf(tab));
      }
      for (const [name, open] of Object.entries(DIALOGS)) {
        await open(tab, world);
        texts.set(name, await textsOf(tab));
        await closeOpen(tab);
      }
      assert.equal(await tab.page.evaluate(() => document.documentElement.lang), language);
      seen.set(language, texts);
      for (const entry of answers) data.add(entry);
      for (const [name, page] of texts) assert.deepEqual(leaks(page, data), [], `${name} shows what nobody wrote`);
    },
  );

test('no text is left untranslated', () => {
  const known = [...data].sort((a, b) => b.length - a.length);
  const found = [];
  for (const language of /** @type {Language[]} */ (['es', 'pt']))
    for (const name of [...Object.keys(world.pages), ...Object.keys(DIALOGS)]) {
      const there = new Set(seen.get(language)?.get(name));
      assert.ok(there.size > 10, `${name} was looked at in ${language}`);
      for (const text of seen.get('en')?.get(name) ?? [])
        if (there.has(text) && wordsIn(text, known).some((word) => !SAME.has(word)))
          found.push(`${language}, ${name}: ${text}`);
    }
  assert.deepEqual(found, []);
});

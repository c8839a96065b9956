// Rules of the page that can be read off its files.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PAGES, SUBJECTS } from '../../../assets/js/pages.js';
import { assignSlots, visibleRange } from '../../../assets/js/rows.js';
import { modules } from './modules.mjs';

const assets = new URL('../../../assets/', import.meta.url);
const scripts = readdirSync(new URL('js/', assets), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.js'))
  .map((name) => ({ name, text: readFileSync(new URL(`js/${name}`, assets), 'utf8') }));

test('nothing is put into the page as markup, and no style stands in an attribute', () => {
  for (const { name, text } of scripts)
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|unsafeHTML|unsafeSVG|\sstyle=/, name);
});

test('views neither fetch nor reach for the window', () => {
  for (const { name, text } of scripts.filter((script) => script.name.startsWith('views/'))) {
    assert.doesNotMatch(text, /\bfetch\(|\bwindow\.|(?<![.\w])document\.|localStorage|sessionStorage/, name);
  }
});

test('files are short and begin with what they are for', () => {
  for (const { name, text } of scripts) {
    assert.match(text, /^\/\/ \S/, name);
    assert.ok(text.split('\n').length <= 401, `${name} is too long`);
  }
});

test('every icon that is asked for is in the sprite', () => {
  const sprite = readFileSync(new URL('icons.svg', assets), 'utf8');
  const ids = new Set([...sprite.matchAll(/<symbol id="icon-([\w-]+)"/g)].map(([, id]) => id));
  for (const { name, text } of scripts) {
    for (const [, icon] of text.matchAll(/\bicon(?:\(|: )'([\w-]+)'/g))
      assert.ok(ids.has(icon), `${name} asks for ${icon}`);
  }
});

test('the pages load nothing from elsewhere and have no script or style of their own', () => {
  for (const name of ['index.html', 'docs.html']) {
    const html = readFileSync(new URL(name, assets), 'utf8');
    assert.doesNotMatch(html, /https?:|<style|style=|<script>|\son\w+=/, name);
  }
});

test('the dashboard loads nothing of the page of the API', () => {
  const files = [
    'index.html',
    'js/boot.js',
    ...scripts.map(({ name }) => `js/${name}`).filter((name) => name !== 'js/docs.js'),
  ];
  for (const name of files)
    assert.doesNotMatch(readFileSync(new URL(name, assets), 'utf8'), /swagger|docs\.(js|css)/i, name);
});

test('a table draws the rows in sight and a few more', () => {
  const place = { viewport: 900, rowHeight: 56, count: 2000 };
  assert.deepEqual(visibleRange({ ...place, top: 200 }), { first: 0, last: 16 });
  assert.deepEqual(visibleRange({ ...place, top: -56_000 }), { first: 997, last: 1020 });
  assert.deepEqual(visibleRange({ ...place, top: -999_999 }).first, 2000);
  assert.deepEqual(visibleRange({ ...place, top: 200, count: 3 }), { first: 0, last: 3 });
});

test('rows that stay keep their place in the page, and no two share one', () => {
  let slots = assignSlots(new Map(), [0, 1, 2, 3]);
  for (const indices of [[2, 3, 4, 5], [9], [9, 10, 11, 2], [0, 1, 2, 3, 4, 5, 6]]) {
    const next = assignSlots(slots, indices);
    for (const index of indices) if (slots.has(index)) assert.equal(next.get(index), slots.get(index));
    assert.equal(new Set(next.values()).size, indices.length);
    slots = next;
  }
});

test('index.html asks at once for every module that the page starts with', () => {
  const html = readFileSync(new URL('index.html', assets), 'utf8');
  const asked = [...html.matchAll(/modulepreload" href="\/assets\/([^"]+)"/g)].map(
    ([, path]) => new URL(path, assets).pathname,
  );
  assert.deepEqual(asked.sort(), [...modules(new URL('js/main.js', assets))].sort());
});

test('boot.js asks at once for every module of the frame and of the overview', () => {
  const js = new URL('js/', assets);
  const boot = readFileSync(new URL('boot.js', js), 'utf8');
  const [frame, overview] = ['FRAME', 'OVERVIEW'].map((name) => {
    const [, list] = new RegExp(`${name} = \`([^\`]+)\``).exec(boot) ?? [];
    return list
      .split(/\s+/)
      .filter(Boolean)
      .map((path) => new URL(`${path}.js`, js).pathname);
  });
  const imported = (/** @type {Function} */ load) =>
    [...load.toString().matchAll(/import\('\.\/([^']+)'\)/g)].map(([, path]) => new URL(path, js));
  const need = (/** @type {string} */ page) => {
    const [subject, view] = PAGES[page];
    return [...imported(view), ...imported(SUBJECTS[subject].code)].flatMap((module) => [...modules(module)]);
  };
  const there = modules(new URL('main.js', js));
  const wanted = (/** @type {string[]} */ paths, /** @type {string[]} */ before = []) =>
    [...new Set(paths)].filter((path) => !there.has(path) && !before.includes(path)).sort();
  assert.deepEqual(frame.toSorted(), wanted(need('frame')));
  assert.deepEqual(overview.toSorted(), wanted(need('overview'), frame));
});

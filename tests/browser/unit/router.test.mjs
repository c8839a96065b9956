// Hashes and pages.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { href, navOf, parseHash, ROUTES } from '../../../assets/js/router.js';

test('each page is found again by its own hash', () => {
  for (const { name } of ROUTES) {
    const params = { id: 'a/b ?#%ü', chatId: '55@c.us' };
    const route = parseHash(href(name, params));
    assert.equal(route.name, name);
    for (const [key, value] of Object.entries(route.params))
      assert.equal(value, params[/** @type {'id'|'chatId'} */ (key)]);
  }
});

test('no hash is the overview, and an unknown one is no page', () => {
  assert.equal(parseHash('').name, 'overview');
  assert.equal(parseHash('#/').name, 'overview');
  assert.equal(parseHash('#/nowhere').name, 'notFound');
  assert.equal(navOf('notFound'), '');
});

test('filters come along and empty ones do not', () => {
  const hash = href('sessions', {}, { q: 'a b&c', state: '', clientId: undefined });
  assert.equal(hash, '#/sessions?q=a+b%26c');
  assert.deepEqual(parseHash(hash).query, { q: 'a b&c' });
});

test('a hash that cannot be decoded is taken as it is', () =>
  assert.equal(parseHash('#/sessions/%zz').params.id, '%zz'));
test('a link to a page that is none is refused', () => assert.throws(() => href('nowhere')));

/** What each page reads of its address. @type {Record<string, string[]>} */
const READ = {
  overview: ['period', 'client'],
  sessions: ['q', 'client', 'state'],
  messages: ['session', 'to'],
  webhooks: ['session'],
  webhook: ['tab', 'state', 'event'],
  events: ['type', 'session', 'client'],
  sandbox: ['phone', 'chat'],
};

test('no link asks of a page what the page does not read', () => {
  const scripts = new URL('../../../assets/js/', import.meta.url);
  let found = 0;
  for (const file of readdirSync(scripts, { recursive: true }).map(String)) {
    const text = file.endsWith('.js') ? readFileSync(new URL(file, scripts), 'utf8') : '';
    for (const [, page, query] of text.matchAll(/href\(\s*'(\w+)',\s*\{[^}]*\},\s*\{([^}]*)\}/g))
      for (const name of query.split(',').map((entry) => entry.split(':')[0].trim())) {
        if (!name || name.startsWith('...')) continue;
        found += 1;
        assert.ok(READ[page]?.includes(name), `${file}: ${page} does not read ${name}`);
      }
  }
  assert.ok(found > 10, `${found} were looked at`);
});

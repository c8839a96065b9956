// Hashes and pages.
import assert from 'node:assert/strict';
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

// What others wrote is what they published.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES, readme, sumOf } from '../vendor.mjs';

const url = (/** @type {string} */ path) => new URL(path, import.meta.url);

test('each file is the one of its package on npm', () => {
  for (const [to, from] of FILES)
    assert.equal(sumOf(url(`../../../assets/vendor/${to}`)), sumOf(url(`../node_modules/${from}`)), to);
});

test('the README names versions and sums as they are', () => {
  assert.equal(readFileSync(url('../../../assets/vendor/README.md'), 'utf8'), readme());
});

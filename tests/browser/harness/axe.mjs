// axe-core in the page. It is evaluated over the debugger, which the page's policy does not keep out and need not allow.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Fails with what axe finds against WCAG 2.2 AA.
 * @param {import('./browser.mjs').Tab} tab @param {string} what @param {string[]} [except] rules that others' markup breaks
 */
export async function assertAccessible({ page }, what, except = []) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(`${SOURCE};0`);
  const options = {
    runOnly: { type: 'tag', values: RULES },
    rules: Object.fromEntries(except.map((rule) => [rule, { enabled: false }])),
  };
  const found = await page.evaluate(async (options) => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, {
      ...options,
      resultTypes: ['violations'],
    });
    return violations.map((/** @type {any} */ { id, help, nodes }) => ({
      rule: `${id}: ${help}`,
      where: nodes
        .slice(0, 4)
        .map((/** @type {any} */ node) => `${node.html.slice(0, 240)} (${node.any[0]?.message ?? ''})`),
    }));
  }, options);
  assert.deepEqual(found, [], `axe on ${what}`);
}

// Requests with JSON answers.

import assert from 'node:assert/strict';

import { PATIENCE } from './patience.mjs';

/** The body of a good answer; any other fails the test with what was asked and answered. */
export async function request(method, url, { headers, body } = {}) {
  const response = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(PATIENCE) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}

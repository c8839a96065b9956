// docs/openapi.json is valid OpenAPI 3.1, and each of its examples fits the schema beside it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const here = fileURLToPath(new URL('.', import.meta.url));

test('the description is valid, and its examples are', () => {
  const { status, stdout, stderr } = spawnSync('node_modules/.bin/redocly', ['lint', '--format=stylish', '../../docs/openapi.json'], {
    cwd: here,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.doesNotMatch(stdout + stderr, / warning /);
});

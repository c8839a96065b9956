// Sends the requests of the .http files from top to bottom against `wamux sandbox`, as an editor would, and checks the status
// of each (`# @expect`). `# @until PATH VALUE` sends it again until the answer says so. Also that api-tests.http misses no route.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { root, sandbox } from './sandbox.mjs';

const UNTIL_MS = 30_000;
const FILES = ['api-tests.http', 'examples.http'];

function parse(text) {
  const variables = new Map();
  const requests = [];
  for (const [number, part] of text.split(/^###/m).entries()) {
    const lines = part.split('\n');
    const title = number === 0 ? '' : lines.shift().trim();
    for (const line of lines) {
      const [, name, value] = line.match(/^@(\w+) = (.*)$/) ?? [];
      if (name) variables.set(name, value);
    }
    if (number === 0) continue;
    const tag = (name) => lines.map((line) => line.match(new RegExp(`^# @${name} (.*)$`))?.[1]).find((found) => found !== undefined);
    const at = lines.findIndex((line) => /^[A-Z]+ \S+$/.test(line));
    assert.ok(at >= 0, `"${title}" has no request`);
    const blank = lines.findIndex((line, index) => index > at && line === '');
    const headers = lines.slice(at + 1, blank < 0 ? undefined : blank).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    const body = blank < 0 ? '' : lines.slice(blank).join('\n').trim();
    const [method, url] = lines[at].split(' ');
    requests.push({ title, name: tag('name'), expect: Number(tag('expect')), until: tag('until'), method, url, headers, body });
  }
  return { variables, requests };
}

/** What is at `$.a.b[0]` of a body; undefined where it ends before. */
const look = (body, where) => where.replace(/^\$\.?/, '').split(/[.[\]]+/).filter(Boolean).reduce((value, step) => value?.[step], body);

for (const file of FILES) {
  const { variables, requests } = parse(readFileSync(`${root}${file}`, 'utf8'));
  test(`${file}: ${requests.length} requests`, { timeout: 110_000 }, async () => {
    const at = await sandbox();
    variables.set('url', at.url).set('sim', at.sim).set('key', at.key);
    const answers = new Map();
    const filled = (text) =>
      text.replace(/{{(.+?)}}/g, (_, word) => {
        const [, name, where] = word.match(/^(\w+)\.response\.body\.(\$.*)$/) ?? [];
        const value = name ? look(answers.get(name), where) : variables.get(word);
        assert.notEqual(value, undefined, `{{${word}}} is nothing`);
        return value;
      });
    try {
      for (const request of requests) {
        assert.ok(request.expect, `"${request.title}" has no # @expect`);
        const [path, wanted] = request.until ? [request.until.split(' ')[0], filled(request.until.split(' ').slice(1).join(' '))] : [];
        for (const end = Date.now() + UNTIL_MS; ; await new Promise((next) => setTimeout(next, 100))) {
          const answer = await fetch(filled(request.url), {
            method: request.method, headers: Object.fromEntries(request.headers.map(([name, value]) => [name, filled(value)])),
            body: request.body ? filled(request.body) : undefined, redirect: 'manual',
          });
          const text = await answer.text();
          const body = text.startsWith('{') ? JSON.parse(text) : text;
          const value = path && look(body, path);
          const arrived = !path || (wanted === '*' ? value !== undefined : String(value) === wanted);
          if (!arrived && Date.now() < end) continue;
          assert.equal(answer.status, request.expect, `${file}, "${request.title}": ${text.slice(0, 600)}`);
          assert.ok(arrived, `${file}, "${request.title}": ${path} is ${value}, not ${wanted}`);
          if (request.name) answers.set(request.name, body);
          break;
        }
      }
    } finally {
      await at.stop();
    }
  });
}

test('api-tests.http has every route of docs/API.md that takes a key', () => {
  const sent = parse(readFileSync(`${root}api-tests.http`, 'utf8')).requests.map(({ method, url }) => [method, url.replace(/\?.*/, '')]);
  // A stream does not end; signing needs an authenticator; the rest is for pages of links, and is tested in tests/api.
  const elsewhere = /events\/stream|POST .*passkey|^\w+ \/(api\/)?link\/|^GET \/(assets\/.*|docs)?$|confirmation$/;
  const routes = [...readFileSync(`${root}docs/API.md`, 'utf8').matchAll(/^### `([A-Z]+) (\S+)`/gm)].map(([, method, path]) => [method, path]);
  assert.ok(routes.length > 40);
  const missing = routes
    .filter(([method, path]) => !elsewhere.test(`${method} ${path}`))
    .filter(([method, path]) => {
      const pattern = new RegExp(`^\\{\\{url\\}\\}${path.replace(/\{\w+\.\.\.\}/, '.+').replace(/\{\w+\}/g, '([^/]+)')}$`);
      return !sent.some(([how, url]) => how === method && pattern.test(url));
    });
  assert.deepEqual(missing.map((route) => route.join(' ')), []);
});

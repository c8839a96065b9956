// Runs what the documents tell people to type, in the order of the page, against `wamux sandbox`.
//
// Directly above each ```sh block stands a comment, which no reader of the page sees:
//   <!-- run -->                     it has to end well; curl fails on 4xx and 5xx
//   <!-- run for 2 s -->             the same for what would go on for ever: it is ended after so long
//   <!-- not here: REASON -->        why it is not run
// and before that, if it is needed,
//   <!-- before: COMMANDS -->        what has to be the case for this block
// A page is one shell: what one block exports the next one has. $URL, $KEY, $SIM and $STATE are there from the beginning.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ask, binary, root, sandbox } from './sandbox.mjs';

const PAGE_MS = 60_000;
const pages = [...readdirSync(root), ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md');

/** The ```sh blocks of a page, each with its line and what the comments above it say. */
export function blocks(text) {
  const found = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    if (!/^ *```(sh|bash|shell|console)$/.test(lines[at])) continue;
    const indent = lines[at].match(/^ */)[0];
    const end = lines.findIndex((line, later) => later > at && line.trim() === '```');
    const code = lines.slice(at + 1, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n');
    const above = lines.slice(0, at).join('\n').match(/(?:<!--(?:(?!-->)[\s\S])*-->\s*)+$/)?.[0] ?? '';
    const comments = [...above.matchAll(/<!--\s*([\s\S]*?)\s*-->/g)].map(([, words]) => words);
    found.push({
      line: at + 1, code,
      before: comments.filter((words) => words.startsWith('before: ')).map((words) => words.slice('before: '.length)).join('\n'),
      run: comments.some((words) => /^run\b/.test(words)),
      seconds: comments.map((words) => words.match(/^run for (\d+) s$/)?.[1]).find(Boolean),
      excused: comments.find((words) => /^not here: \S/.test(words)),
    });
    at = end;
  }
  return found;
}

/** Ids that the pages write for "one of yours", and what finds one. */
const EXAMPLES = {
  msg_01KAT000000000000000000000: async (at) => (await ask(at, 'GET', '/api/sessions/support/messages?limit=1')).body.data[0].id,
  whk_01KAT000000000000000000000: async (at) => (await ask(at, 'GET', '/api/webhooks')).body.data.at(-1).id,
  evt_01KAT000000000000000000000: async (at, code) => {
    const hook = (await ask(at, 'GET', '/api/webhooks')).body.data?.at(-1)?.id;
    const delivery = code.includes('/deliveries/') && (await ask(at, 'GET', `/api/webhooks/${hook}/deliveries?limit=1`)).body.data[0];
    return delivery ? delivery.eventId : (await ask(at, 'GET', '/api/events?order=desc&limit=2')).body.data.at(-1).id;
  },
};

async function here(code, at) {
  let text = code.replaceAll('127.0.0.1:3000', new URL(at.url).host).replaceAll('127.0.0.1:3001', new URL(at.sim).host);
  for (const [example, find] of Object.entries(EXAMPLES)) {
    if (text.includes(example)) text = text.replaceAll(example, await find(at, code));
  }
  return text;
}

/** A shell that runs one piece after the other and says how each ended. */
function shell(folder, env) {
  const child = spawn('bash', ['-s'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  let wake = () => {};
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => ((said += text), wake()));
  child.once('exit', () => ((said += '\n==ended 1==\n'), wake()));
  let number = 0;
  return {
    async run(code, seconds) {
      number += 1;
      said = '';
      const file = path.join(folder, `.block-${number}`);
      writeFileSync(file, `${code}\n`);
      // `errexit` does not reach a sourced file that is tested, so the shell is told of the first failure by a trap.
      child.stdin.write(`LIMIT=${seconds ?? ''}; failed=0; trap 'failed=$?' ERR; . '${file}' </dev/null; trap - ERR; printf '\\n==ended %s==\\n' $failed\n`);
      for (let end; !(end = said.match(/==ended (\d+)==/)); ) await new Promise((resolve) => (wake = resolve));
      const code_ = Number(said.match(/==ended (\d+)==/)[1]);
      return { code: code_, said: said.replace(/\n==ended \d+==\n/, '') };
    },
    end: () => child.stdin.end('exit\n'),
  };
}

// With a limit, being cut off is what is meant to happen.
const PRELUDE = `set -E -o pipefail
curl() {
  if [ -n "$LIMIT" ]; then command curl --fail-with-body -sS --max-time "$LIMIT" "$@" || [ $? = 28 ]; else command curl --fail-with-body -sS --max-time 40 "$@"; fi
}
export -f curl`;

test('every block says whether it is run, and each page is found', () => {
  assert.ok(pages.includes('README.md') && pages.includes('docs/API.md'), `${pages}`);
  const silent = pages.flatMap((page) =>
    blocks(readFileSync(`${root}${page}`, 'utf8')).filter((block) => !block.run === !block.excused).map((block) => `${page}:${block.line}`));
  assert.deepEqual(silent, [], 'put <!-- run --> or <!-- not here: REASON --> above these');
});

test('a command that fails is noticed, wherever it stands', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wamux-docs-'));
  const at = await sandbox();
  const session = shell(folder, { PATH: process.env.PATH, URL: at.url, KEY: at.key });
  try {
    await session.run(PRELUDE);
    for (const [code, seconds, ends] of [
      ['false; true', undefined, 1], ['curl $URL/api/nothing; echo', undefined, 22], ['curl $URL/api/sessions | cat', undefined, 22],
      ['curl $URL/api/events/stream -H "X-Api-Key: $KEY"', 1, 0], ['curl $URL/api/events/stream', 1, 1],
      ['curl $URL/api/health', undefined, 0], ['until true; do false; done', undefined, 0], ['A=1', undefined, 0], ['[ "$A" = 1 ]', undefined, 0],
    ]) {
      assert.equal((await session.run(code, seconds)).code, ends, code);
    }
  } finally {
    session.end();
    await at.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const page of pages) {
  const all = blocks(readFileSync(`${root}${page}`, 'utf8'));
  const runnable = all.filter((block) => block.run);
  if (runnable.length === 0) continue;
  test(`${page}: ${runnable.length} of ${all.length} blocks`, { timeout: PAGE_MS }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'wamux-docs-'));
    for (const name of readdirSync(root)) if (!name.startsWith('.git') && name !== 'config.toml') symlinkSync(`${root}${name}`, path.join(folder, name));
    const at = await sandbox();
    const session = shell(folder, {
      PATH: `${path.dirname(binary)}:${process.env.PATH}`, HOME: folder, URL: at.url, KEY: at.key, SIM: at.sim, STATE: at.state, LANG: 'C.UTF-8',
    });
    try {
      await session.run(PRELUDE);
      for (const block of runnable) {
        for (const [what, code, seconds] of [['what comes before', block.before], ['the block', block.code, block.seconds]]) {
          if (!code) continue;
          const text = await here(code, at);
          const { code: ended, said } = await session.run(text, seconds);
          assert.equal(ended, 0, `${page}:${block.line}: ${what} ended with ${ended}\n${text}\n${said}`);
        }
      }
    } finally {
      session.end();
      await at.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

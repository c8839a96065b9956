// Schemathesis, with all its checks, against `wamux sandbox`: no 5xx, and nothing that the description does not tell.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { ask, linked, root, sandbox } from '../docs/sandbox.mjs';

const seed = process.env.SEED ?? '20261124';
const examples = process.env.EXAMPLES ?? '10';
const schemathesis = process.env.SCHEMATHESIS ?? path.join(root, 'target/tools/schemathesis/bin/schemathesis');

/** Makes what it can find by its examples, and what it is told of: a linked session, messages, a webhook, a pairing link. */
async function furnish(at) {
  const make = async (where, body, status = 201) => {
    const made = await ask(at, 'POST', where, body);
    assert.equal(made.status, status, `${where}: ${JSON.stringify(made.body)}`);
    return made.body;
  };
  const webhook = await make('/api/webhooks', { url: 'http://127.0.0.1:9/', clientId: 'demo' });
  // The examples name `support`, and delete it as well.
  await linked(at, 'support', '5511900000001');
  await linked(at, 'kept', '5511900000002');
  const message = await make('/api/messages/send', { sessionId: 'kept', to: '+5511900000009', text: 'Hello' }, 200);
  await make('/api/sessions', { clientId: 'demo', sessionId: 'linking' });
  const link = await make('/api/sessions/linking/pairing-link', {});
  const told = await ask(at, 'GET', `/api/webhooks/${webhook.id}/deliveries?limit=1`);
  return {
    WAMUX_KEY: at.key,
    WAMUX_WEBHOOK: webhook.id,
    WAMUX_EVENT: told.body.data[0].eventId,
    WAMUX_MESSAGE: message.id,
    WAMUX_LINK: link.url.split('/').at(-1),
  };
}

test(`schemathesis finds nothing (SEED=${seed} EXAMPLES=${examples})`, { timeout: 15 * 60_000 }, async () => {
  const at = await sandbox({
    env: { WAMUX_LIMITS__QR_WAIT_SECS: '1', WAMUX_LIMITS__SEND_WAIT_SECS: '1', WAMUX_LIMITS__SEND_WAIT_MAX_SECS: '2' },
  });
  try {
    const furniture = await furnish(at);
    const child = spawn(schemathesis, ['--config-file', path.join(root, 'tests/openapi/schemathesis.toml'), 'run',
      `${at.url}/api/openapi.json`, '--seed', seed, '--max-examples', examples, '--exclude-path-regex', '^/api/sandbox'], {
      cwd: at.folder,
      env: { ...process.env, ...furniture, SCHEMATHESIS_HOOKS: path.join(root, 'tests/openapi/hooks.py') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
    assert.equal(code, 0, `${said}\n${at.log().split('\n').filter((line) => / (WARN|ERROR) /.test(line)).slice(-20).join('\n')}`);
    console.log(said.split('\n').slice(-25).join('\n'));
  } finally {
    await at.stop();
  }
});

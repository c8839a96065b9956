// The configurations in deploy/ for nginx and Caddy, really running before a sandbox daemon, with a certificate of their
// own: what gets through, what does not, and that nothing is held back. nginx and caddy come from Debian.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ask, key, linked, root, sandbox } from '../docs/sandbox.mjs';

const NAME = 'wamux.example.com';
const HELD_BACK_MS = 1500;
let at;
let folder;

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wamux-proxies-'));
  const names = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`], { stdio: 'ignore' });
  at = await sandbox({ env: { WAMUX_SERVER__PUBLIC_URL: `https://${NAME}` } });
  await linked(at, 'ana', '5511900000001');
});
after(async () => {
  await at?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The text with each pair replaced; a pair that is not there is an error, so that the test follows the file. */
function changed(text, pairs) {
  for (const [from, to] of pairs) {
    assert.ok(text.includes(from), `the file has no "${from}"`);
    text = text.replaceAll(from, to);
  }
  return text;
}

const upstream = () => new URL(at.url).host;

const PROXIES = {
  nginx: {
    config(port, plain, strangers) {
      const site = changed(readFileSync(`${root}deploy/nginx/wamux.conf`, 'utf8'), [
        ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
        [`    listen [::]:443 ssl http2;\n`, ''],
        ['listen 80;', `listen 127.0.0.1:${plain};`],
        [`    listen [::]:80;\n`, ''],
        ['/etc/letsencrypt/live/wamux.example.com/fullchain.pem', `${folder}/cert.pem`],
        ['/etc/letsencrypt/live/wamux.example.com/privkey.pem', `${folder}/key.pem`],
        ['server 127.0.0.1:3000;', `server ${upstream()};`],
        ['/var/log/nginx/', `${folder}/nginx-`],
        ...(strangers ? [['127.0.0.0/8 1;', '127.0.0.0/8 0;']] : []),
      ]);
      mkdirSync(`${folder}/nginx`, { recursive: true });
      const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/nginx/${name};`);
      writeFileSync(`${folder}/site.conf`, site);
      writeFileSync(
        `${folder}/nginx.conf`,
        `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/nginx-error.log;
         events {} http { access_log ${folder}/access.log; ${temps.join(' ')} include ${folder}/site.conf; }`,
      );
      const words = ['-p', folder, '-e', `${folder}/nginx-error.log`, '-c', `${folder}/nginx.conf`];
      execFileSync('nginx', [...words, '-t'], { stdio: 'pipe' });
      return ['nginx', words];
    },
  },
  caddy: {
    config(port, plain, strangers) {
      const site = changed(readFileSync(`${root}deploy/Caddyfile`, 'utf8'), [
        ['\n{$WAMUX_NAME:wamux.example.com} {', `\nhttps://${NAME}:${port} {\n\ttls ${folder}/cert.pem ${folder}/key.pem\n\tbind 127.0.0.1`],
        ...(strangers ? [['127.0.0.0/8 ::1', '203.0.113.0/24 ::1']] : []),
      ]);
      writeFileSync(`${folder}/Caddyfile`, `{\n\tadmin off\n\thttp_port ${plain}\n}\n${site}`);
      const words = ['--config', `${folder}/Caddyfile`, '--adapter', 'caddyfile'];
      execFileSync('caddy', ['validate', ...words], { stdio: 'pipe', env: env() });
      return ['caddy', ['run', ...words]];
    },
  },
};
const env = () => ({ PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, WAMUX_UPSTREAM: upstream() });

async function start(name, strangers = false) {
  const [port, plain] = [await freePort(), await freePort()];
  const [program, words] = PROXIES[name].config(port, plain, strangers);
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], env: env() });
  let log = '';
  child.stderr.on('data', (text) => (log += text));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (const end = Date.now() + 15_000; ; await new Promise((next) => setTimeout(next, 50))) {
    try {
      await request(port, 'GET', '/link/none');
      break;
    } catch (error) {
      if (Date.now() > end || child.exitCode !== null) throw new Error(`${name} does not answer: ${error.message}\n${log}`);
    }
  }
  return { port, plain, stop: () => (child.kill('SIGKILL'), ended) };
}

function open(port, method, where, headers = {}) {
  return https.request({
    host: '127.0.0.1', port, method, path: where, servername: NAME, ca: readFileSync(`${folder}/cert.pem`), agent: false,
    headers: { Host: NAME, ...headers },
  });
}

function request(port, method, where, { headers, body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = open(port, method, where, headers);
    asked.on('error', reject);
    asked.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
      answer.on('error', reject);
    });
    asked.end(body);
  });
}

const say = (text) => fetch(`${at.sim}/phone/send?from=5511900000002&to=5511900000001`, { method: 'POST', body: text });

for (const name of Object.keys(PROXIES)) {
  describe(name, () => {
    let proxy;
    const withKey = { headers: { 'X-Api-Key': key } };
    before(async () => (proxy = await start(name)));
    after(() => proxy?.stop());

    test('REST goes through, with and without a key, and the dashboard', async () => {
      assert.equal((await request(proxy.port, 'GET', '/api/health')).status, 200);
      assert.equal((await request(proxy.port, 'GET', '/api/sessions')).status, 401);
      const sent = await request(proxy.port, 'POST', '/api/messages/send', {
        headers: { ...withKey.headers, 'Content-Type': 'application/json', 'Idempotency-Key': `${name}-1` },
        body: JSON.stringify({ sessionId: 'ana', to: '+5511900000009', text: `through ${name}` }),
      });
      assert.equal(sent.status, 200, sent.text);
      const page = await request(proxy.port, 'GET', '/');
      assert.equal(page.status, 200);
      assert.match(page.headers['strict-transport-security'], /max-age/);
      assert.match(page.headers['content-security-policy'], /default-src/);
    });

    test('a body over the limit is refused', async () => {
      const headers = { ...withKey.headers, 'Content-Type': 'application/json' };
      const answer = await request(proxy.port, 'POST', '/api/sessions', { headers, body: `"${'x'.repeat(300_000)}"` });
      assert.equal(answer.status, 413);
    });

    test('an event reaches a stream at once', async () => {
      const asked = open(proxy.port, 'GET', '/api/events/stream?type=message.received', withKey.headers);
      const [answer] = await new Promise((resolve, reject) => {
        asked.on('error', reject).on('response', (response) => resolve([response]));
        asked.end();
      });
      assert.equal(answer.statusCode, 200);
      assert.match(answer.headers['content-type'], /text\/event-stream/);
      let frames = '';
      answer.setEncoding('utf8').on('data', (part) => (frames += part));
      const until = async (words, ms) => {
        for (const end = Date.now() + ms; !frames.includes(words); await new Promise((next) => setTimeout(next, 10))) {
          if (Date.now() > end) assert.fail(`no "${words}" within ${ms} ms: ${frames}`);
        }
      };
      await until(':', HELD_BACK_MS);
      for (const number of [1, 2, 3]) {
        await say(`number ${number} by ${name}`);
        await until(`number ${number} by ${name}`, HELD_BACK_MS);
      }
      asked.destroy();
    });

    test('a WebSocket is upgraded and is told at once', async () => {
      const nonce = randomBytes(16).toString('base64');
      const asked = open(proxy.port, 'GET', '/api/events/ws?type=message.received', {
        ...withKey.headers, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': nonce,
      });
      const [answer, socket, head] = await new Promise((resolve, reject) => {
        asked.on('error', reject).on('upgrade', (...parts) => resolve(parts));
        asked.on('response', (response) => reject(new Error(`answered ${response.statusCode}`)));
        asked.end();
      });
      const proof = createHash('sha1').update(`${nonce}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      assert.equal(answer.headers['sec-websocket-accept'], proof);
      let frames = head.toString('latin1');
      socket.on('data', (part) => (frames += part.toString('latin1')));
      await say(`on the socket by ${name}`);
      for (const end = Date.now() + HELD_BACK_MS; !frames.includes(`on the socket by ${name}`); await new Promise((next) => setTimeout(next, 10))) {
        if (Date.now() > end) assert.fail(`nothing came: ${frames}`);
      }
      socket.destroy();
    });

    test('figures and the simulator are not to be had', async () => {
      for (const where of ['/metrics', '/metrics/', '/api/sandbox/simulator/state', '/api/sandbox/sessions/ana/crash']) {
        const answer = await request(proxy.port, 'GET', where, withKey);
        assert.equal(answer.status, 404, where);
        assert.doesNotMatch(answer.text, /instance/, `${where} was answered by the daemon`);
      }
    });

    test('plain HTTP leads to TLS', async () => {
      const answer = await fetch(`http://127.0.0.1:${proxy.plain}/link/x`, { redirect: 'manual', headers: { Host: NAME } });
      assert.ok([301, 308].includes(answer.status), `${answer.status}`);
      assert.match(answer.headers.get('location'), /^https:/);
    });
  });

  describe(`${name}, for strangers`, () => {
    let proxy;
    let token;
    before(async () => {
      await ask(at, 'POST', '/api/sessions', { clientId: 'demo', sessionId: `to-link-${name}` });
      const link = await ask(at, 'POST', `/api/sessions/to-link-${name}/pairing-link`, {});
      assert.equal(link.status, 201, JSON.stringify(link.body));
      assert.ok(link.body.url.startsWith(`https://${NAME}/link/lnk_`), link.body.url);
      token = link.body.url.split('/').at(-1);
      proxy = await start(name, true);
    });
    after(() => proxy?.stop());

    test('the page of a pairing link and what it needs', async () => {
      const page = await request(proxy.port, 'GET', `/link/${token}`);
      assert.equal(page.status, 200);
      for (const [, asset] of page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
        assert.equal((await request(proxy.port, 'GET', asset)).status, 200, asset);
      }
      assert.equal((await request(proxy.port, 'GET', `/api/link/${token}`)).status, 200);
      const code = await request(proxy.port, 'GET', `/api/link/${token}/qr?wait=20`);
      assert.equal(code.status, 200);
    });

    test('nothing else, with a key or without', async () => {
      for (const where of ['/', '/api/health', '/api/sessions', '/api/sessions/ana', '/api/events/stream', '/api', '/link', '/sessions']) {
        for (const headers of [{}, { 'X-Api-Key': key }]) {
          const answer = await request(proxy.port, 'GET', where, { headers });
          assert.equal(answer.status, 404, where);
          assert.doesNotMatch(answer.text, /instance/, `${where} was answered by the daemon`);
        }
      }
    });

    test('no token of a link is in a log', async () => {
      const files = readdirSync(folder).filter((file) => file.endsWith('.log') && readFileSync(`${folder}/${file}`, 'utf8').includes(token));
      assert.deepEqual(files, []);
    });
  });
}

test('nginx in docker-compose.yml: the same file with other names', () => {
  mkdirSync(`${folder}/compose/certificates`, { recursive: true });
  const settings = { WAMUX_UPSTREAM: upstream(), WAMUX_NAME: 'w.example.org', WAMUX_OPERATORS: '203.0.113.7 198.51.100.0/24' };
  const words = [`${root}deploy/nginx/in-compose.sh`, `${root}deploy/nginx/wamux.conf`, `${folder}/compose/site.conf`];
  execFileSync('sh', words, { env: { ...env(), ...settings } });
  const site = readFileSync(`${folder}/compose/site.conf`, 'utf8').replace(/^ *#.*$/gm, '');
  assert.doesNotMatch(site, /wamux\.example\.com|letsencrypt|127\.0\.0\.0\/8/);
  assert.match(site, /default 0; 203\.0\.113\.7 1; 198\.51\.100\.0\/24 1;/);
  assert.match(site, /ssl_certificate +\/etc\/nginx\/certificates\/fullchain\.pem;/);
  const here = [['/etc/nginx/certificates/fullchain.pem', `${folder}/cert.pem`], ['/etc/nginx/certificates/privkey.pem', `${folder}/key.pem`]];
  writeFileSync(`${folder}/compose/site.conf`, changed(site, here));
  writeFileSync(`${folder}/compose/nginx.conf`, `pid ${folder}/compose.pid; events {} http { include ${folder}/compose/site.conf; }`);
  execFileSync('nginx', ['-e', `${folder}/nginx-error.log`, '-c', `${folder}/compose/nginx.conf`, '-t'], { stdio: 'pipe' });
});

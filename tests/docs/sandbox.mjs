// A sandbox daemon for one test: on free ports, with a state folder of its own that is removed with it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const binary = path.resolve(root, process.env.WAMUX_BIN ?? 'target/debug/wamux');
export const key = 'only-for-this-sandbox';

const READY_MS = 60_000;

/** Starts it and gives `{ url, sim, key, state, stop }` once it says where it listens. */
export async function sandbox({ listen = '127.0.0.1:0', simulator = '127.0.0.1:0', env = {} } = {}) {
  const folder = mkdtempSync(path.join(process.env.WAMUX_TEST_STATE ?? tmpdir(), 'wamux-sandbox-'));
  const state = path.join(folder, 'state');
  const child = spawn(binary, ['sandbox', '--listen', listen, '--simulator', simulator, '--state-dir', state], {
    cwd: folder,
    env: { PATH: process.env.PATH, WAMUX_AUTH__API_KEY: key, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  let said = '';
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
  const places = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the sandbox is not ready after ${READY_MS} ms\n${log}`)), READY_MS);
    child.once('error', reject);
    ended.then((code) => reject(new Error(`the sandbox ended with ${code}\n${log}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      const url = said.match(/^ +dashboard +(http:\S+?)\/$/m)?.[1];
      const sim = said.match(/^ +simulator +(http:\S+)$/m)?.[1];
      if (url && sim && said.includes('Ctrl-C')) {
        clearTimeout(late);
        resolve({ url, sim });
      }
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 40_000);
    const code = await ended;
    clearTimeout(killer);
    rmSync(folder, { recursive: true, force: true });
    return code;
  };
  return { ...places, key, state, folder, stop, log: () => log };
}

/** Asks the API; gives `{ status, body }`. */
export async function ask(at, method, where, body, headers = {}) {
  const answer = await fetch(`${at.url}${where}`, {
    method,
    headers: { 'X-Api-Key': at.key, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
}

/** Makes a session and lets a simulated phone link with it. */
export async function linked(at, sessionId, phone) {
  await ask(at, 'POST', '/api/sessions', { clientId: 'demo', sessionId });
  let body;
  do ({ body } = await ask(at, 'GET', `/api/sessions/${sessionId}/qr?wait=1`)); while (body.retryable);
  await fetch(`${at.sim}/mock-phone/scan-qr?phone=${phone}`, { method: 'POST', body: body.qr });
  return await connected(at, sessionId);
}

/** Waits until the session is connected. */
export async function connected(at, sessionId) {
  for (const end = Date.now() + 30_000; ; await new Promise((next) => setTimeout(next, 100))) {
    const { body } = await ask(at, 'GET', `/api/sessions/${sessionId}`);
    if (body.state === 'connected') return body;
    if (Date.now() > end) throw new Error(`${sessionId} is not connected after 30 s: ${JSON.stringify(body)}`);
  }
}

// The real daemon with its simulator, `wamux sandbox`, as a child process with a state folder of its own.
// WAMUX_BIN names another program, WAMUX_TEST_STATE another place for the folders.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PATIENCE, until } from './patience.mjs';

export const KEY = '0123456789abcdef-test-key';
/** People whom the sandbox has settled in the simulator; Echo answers every text. */
export const ANA = '5511900000001';
export const BEN = '5511900000002';
export const ECHO = '5511900000009';

const PROGRAM = process.env.WAMUX_BIN ?? fileURLToPath(new URL('../../../target/debug/wamux', import.meta.url));
const LOG_LINES = 200;

export class Daemon {
  #folder = mkdtempSync(join(process.env.WAMUX_TEST_STATE ?? tmpdir(), 'wamux-browser-'));
  /** @type {import('node:child_process').ChildProcess|null} */
  #child = null;
  /** @type {Promise<any[]>} */
  #ended = Promise.resolve([]);
  /** @type {string[]} */
  #log = [];
  #address = '127.0.0.1:0';
  #env;

  /** @param {Record<string, string>} [env] more of the configuration, as in `WAMUX_LIMITS__SESSIONS` */
  constructor(env = {}) {
    this.#env = env;
  }

  /** @param {Record<string, string>} [env] */
  static async start(env) {
    const daemon = new Daemon(env);
    await daemon.start();
    return daemon;
  }

  /** Where the page is. */
  get url() {
    return `http://${this.#address}/`;
  }

  /** The last lines that it logged. */
  get log() {
    return this.#log.join('\n');
  }

  /** Starts it; after `kill`, on the same port and the same state. */
  async start() {
    const state = join(this.#folder, 'state');
    const args = ['sandbox', '--simulator', '127.0.0.1:0', '--listen', this.#address, '--state-dir', state];
    const child = spawn(PROGRAM, [...args, '--log-format', 'json', '--log-level', 'info'], {
      cwd: this.#folder,
      env: { PATH: process.env.PATH, WAMUX_AUTH__API_KEY: KEY, ...this.#env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    process.once('exit', () => child.kill('SIGKILL'));
    this.#ended = once(child, 'exit');
    const listening = withDeadline();
    createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stderr) }).on('line', (line) => {
      this.#log.push(line);
      if (this.#log.length > LOG_LINES) this.#log.shift();
      if (line.includes('"message":"listening"')) listening.done(JSON.parse(line).address);
    });
    this.#ended.then(
      ([code, signal]) => listening.fail(new Error(`wamux ended (${code ?? signal}):\n${this.log}`)),
      (error) => listening.fail(new Error(`${PROGRAM} cannot be run; 'make test-browser' builds it`, { cause: error })),
    );
    this.#address = await listening.promise;
  }

  /** SIGKILL: it has no chance to put anything away. */
  async kill() {
    this.#child?.kill('SIGKILL');
    await this.#ended.catch(() => {});
    this.#child = null;
  }

  /** Ends it and removes what it kept. */
  async end() {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @param {string} path @param {Record<string, any>} [query] */
  get(path, query) {
    return this.#ask('GET', path, query);
  }

  /** @param {string} path @param {unknown} [body] */
  post(path, body) {
    return this.#ask('POST', path, undefined, JSON.stringify(body), 'application/json');
  }

  /** @param {string} path */
  delete(path) {
    return this.#ask('DELETE', path);
  }

  /** What the simulator shows. @param {string} verb @param {Record<string, any>} [query] */
  look(verb, query) {
    return this.#ask('GET', `sandbox/simulator/${verb}`, query);
  }

  /** What the simulator does. @param {string} verb @param {Record<string, any>} [query] @param {string} [text] */
  act(verb, query, text = '') {
    return this.#ask('POST', `sandbox/simulator/${verb}`, query, text, 'text/plain');
  }

  /** Makes a session and links it to a phone of the simulator. @param {Record<string, string>} body @param {string} phone */
  async link(body, phone) {
    const { id } = await this.post('sessions', body);
    await this.scan(id, phone);
    return this.reached(id, 'connected');
  }

  /** A phone of the simulator scans the code of a session. @param {string} id @param {string} phone */
  async scan(id, phone) {
    const { qr } = await this.get(`sessions/${id}/qr`, { wait: 20 });
    await this.act('mock-phone/scan-qr', { phone }, qr);
  }

  /** @param {string} id @param {string} state */
  reached(id, state) {
    return until(`session ${id} is ${state}`, async () => {
      const session = await this.get(`sessions/${id}`);
      return session.state === state && session;
    });
  }

  /** Waits for a message of a session that fits. @param {string} id @param {(message: any) => boolean} fits */
  message(id, fits) {
    return until(`a message of ${id}`, async () =>
      (await this.get(`sessions/${id}/messages`, { limit: 200 })).data.find(fits),
    );
  }

  /**
   * @param {string} method @param {string} path @param {Record<string, any>} [query] @param {string} [body] @param {string} [type]
   * @returns {Promise<any>}
   */
  async #ask(method, path, query = {}, body, type) {
    const url = `${this.url}api/${path}${Object.keys(query).length ? `?${new URLSearchParams(query)}` : ''}`;
    const headers = { 'X-Api-Key': KEY, ...(body !== undefined && type ? { 'Content-Type': type } : {}) };
    const response = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(PATIENCE) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }
}

/** A promise that fails when nothing comes of it. */
function withDeadline() {
  /** @type {(value: any) => void} */
  let done = () => {};
  /** @type {(error: Error) => void} */
  let fail = () => {};
  const promise = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`wamux does not listen within ${PATIENCE} ms`)), PATIENCE);
    done = (value) => {
      clearTimeout(timer);
      resolve(value);
    };
    fail = (error) => {
      clearTimeout(timer);
      reject(error);
    };
  });
  return { promise, done, fail };
}

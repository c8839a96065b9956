// The daemon as a child process with a state folder of its own, through its REST API (docs/API.md).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Child } from './child.mjs';
import { request } from './http.mjs';
import { until } from './patience.mjs';

const KEY = '0123456789abcdef-test-key';

export class Daemon {
  #child;
  #folder;
  #simulator;

  constructor(simulator) {
    this.#simulator = simulator;
  }

  /** Starts it, on the state that it left if it ran before. */
  async start() {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'wamux-interop-'));
    this.#child = await Child.start('wamux', {
      cwd: this.#folder,
      env: {
        WAMUX_STATE__DIR: join(this.#folder, 'state'),
        WAMUX_SERVER__LISTEN: '127.0.0.1:0',
        WAMUX_AUTH__API_KEY: KEY,
        WAMUX_LOG__FORMAT: 'json',
        WAMUX_WHATSAPP__ENDPOINT: this.#simulator.chatUrl,
      },
      ready: (line) => line.includes('"message":"listening"') && JSON.parse(line).address,
    });
  }

  get log() {
    return this.#child?.log ?? [];
  }

  /** SIGKILL: it has no chance to put anything away. */
  kill() {
    return this.#child.kill();
  }

  async end() {
    await this.#child?.kill();
    if (this.#folder) await rm(this.#folder, { recursive: true });
  }

  /** Makes a session and links it to a phone. */
  async link(sessionId, phone) {
    await this.#post('sessions', { clientId: 'shop', sessionId, name: sessionId });
    const { qr } = await this.#get(`sessions/${sessionId}/qr?wait=20`);
    await this.#simulator.scan(qr, phone);
    await this.connected(sessionId);
  }

  connected(sessionId) {
    return until(`${sessionId} is connected`, async () => {
      const { state } = await this.#get(`sessions/${sessionId}`);
      return state === 'connected';
    });
  }

  /** Sends a text, and gives the message once the server has taken it. */
  send(sessionId, to, text) {
    return this.#post('messages/send', { sessionId, to, text });
  }

  /** All texts of a session, oldest first. */
  async texts(sessionId) {
    return (await this.#messages(sessionId)).map((message) => message.text).reverse();
  }

  /** Waits for a text of a session, and gives the message. */
  heard(sessionId, text) {
    return this.#message(sessionId, `${sessionId} hears "${text}"`, (message) => message.text === text);
  }

  /** Waits until a message has come to a state. */
  reached(message, state) {
    return this.#message(
      message.sessionId,
      `"${message.text}" is ${state}`,
      ({ id, states }) => id === message.id && states[state],
    );
  }

  #message(sessionId, what, fits) {
    return until(what, async () => (await this.#messages(sessionId)).find(fits));
  }

  async #messages(sessionId) {
    return (await this.#get(`sessions/${sessionId}/messages?limit=200`)).data;
  }

  #get(path) {
    return request('GET', this.#url(path), { headers: { 'X-Api-Key': KEY } });
  }

  #post(path, body) {
    const headers = { 'X-Api-Key': KEY, 'Content-Type': 'application/json' };
    return request('POST', this.#url(path), { headers, body: JSON.stringify(body) });
  }

  #url(path) {
    return `http://${this.#child.ready}/api/${path}`;
  }
}

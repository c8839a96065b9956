// The simulated WhatsApp server and the people on it, through its admin verbs (`GET /admin` lists them).

import assert from 'node:assert/strict';

import { Child } from './child.mjs';
import { request } from './http.mjs';
import { until } from './patience.mjs';

export class Simulator {
  #child;

  async start() {
    this.#child = await Child.start('wamux-simulator', {
      args: ['--listen', '127.0.0.1:0', '--seed', '7'],
      ready: (line) => line.startsWith('{') && JSON.parse(line),
    });
  }

  /** Where clients connect to. */
  get chatUrl() {
    return this.#child.ready.chat;
  }

  get log() {
    return this.#child?.log ?? [];
  }

  async end() {
    await this.#child?.kill();
  }

  createPhone(phone, name) {
    return this.#act('phone/create', { phone, name });
  }

  scan(qr, phone) {
    return this.#act('mock-phone/scan-qr', { phone }, qr);
  }

  enterCode(code, phone) {
    return this.#act('phone/enter-code', { phone }, code);
  }

  /** The handset loses its network: from now on receipts come from the linked devices alone. */
  switchOff(phone) {
    return this.#act('phone/offline', { phone });
  }

  switchOn(phone) {
    return this.#act('phone/online', { phone });
  }

  /** A handset says something to a number or a group. */
  say(from, to, text) {
    return this.#act('phone/send', { from, to }, text);
  }

  /** A handset makes a group; gives its id. */
  async createGroup(by, subject, members) {
    return (await this.#act('group/create', { by, subject, members: members.join() })).group;
  }

  /** Waits until all linked devices of a phone are known to be away. */
  async away(phone) {
    await until(`the devices of ${phone} are away`, async () => {
      const { phones } = await this.#look('state');
      return phones.find((known) => known.phone === phone).devices.every((device) => !device.online);
    });
  }

  /** Waits until the texts have come to a handset. */
  async heard(phone, ...texts) {
    await until(`the phone ${phone} hears ${texts}`, async () => {
      const heard = (await this.#look('phone/inbox', { phone })).map((item) => item.text);
      return texts.every((text) => heard.includes(text));
    });
  }

  /** Fails if a client sent something that the simulator does not know. */
  async assertAllKnown() {
    const { count, stanzas } = await this.#look('unknown');
    assert.equal(count, 0, `stanzas that the simulator does not know:\n${stanzas.join('\n')}`);
  }

  /** The latest stanzas, oldest first. */
  async trace() {
    const entries = await this.#look('trace');
    return entries.map(({ direction, client, stanza }) => `${direction} ${client} ${stanza}`);
  }

  #look(verb, parameters) {
    return request('GET', this.#url(verb, parameters));
  }

  #act(verb, parameters, body) {
    return request('POST', this.#url(verb, parameters), { body });
  }

  #url(verb, parameters) {
    return `${this.#child.ready.admin}/admin/${verb}?${new URLSearchParams(parameters)}`;
  }
}

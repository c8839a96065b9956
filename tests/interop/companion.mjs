// A linked device that runs Baileys, with its keys in memory.

import { logger } from './quiet.mjs';

import { DisconnectReason, initAuthCreds, makeWASocket, proto } from 'baileys';

import { Record } from './patience.mjs';

const { DELIVERY_ACK, READ } = proto.WebMessageInfo.Status;

/** A person's address in WhatsApp's own form. */
const person = (phone) => `${phone}@s.whatsapp.net`;
const address = (chat) => (chat.includes('@') ? chat : person(chat));

export class Companion {
  /** Every text that came in, and every one that another device of the account sent. */
  #texts = new Record();
  /** Keys of messages that somebody's device confirmed. */
  #receipts = new Record();
  #connections = new Record();
  #sent = new Map();
  #auth = { creds: initAuthCreds(), keys: new Keys() };
  #simulator;
  #socket;

  constructor(simulator) {
    this.#simulator = simulator;
  }

  /** Links by QR code to a phone, and connects. */
  linkByQr(phone) {
    return this.#connect((qr) => this.#simulator.scan(qr, phone));
  }

  /** Links by a code that the phone's user types, and connects. */
  linkByCode(phone) {
    return this.#connect(async () => {
      await this.#simulator.enterCode(await this.#socket.requestPairingCode(phone), phone);
    });
  }

  /** Connects again with the keys of the time before. */
  reconnect() {
    return this.#connect(() => {
      throw new Error('a linked device was asked to link again');
    });
  }

  async disconnect() {
    await this.#socket?.end(undefined);
  }

  /** The phone number that it is linked to. */
  get phone() {
    return this.#auth.creds.me.id.split(/[:@]/)[0];
  }

  /** Sends a text to a phone number or a group, and gives the message. */
  async send(chat, text) {
    const message = await this.#socket.sendMessage(address(chat), { text });
    this.#sent.set(message.key.id, message.message);
    return message;
  }

  /** Waits for a text, and gives the message. */
  heard(text) {
    return this.#texts.first(`Baileys hears "${text}"`, (message) => textOf(message) === text);
  }

  /** All texts that came, in the order in which they came. */
  texts() {
    return this.#texts.entries.map(textOf);
  }

  /** Tells the author that a message was read. */
  read(message) {
    return this.#socket.readMessages([message.key]);
  }

  /** Waits until somebody's device has confirmed a message. */
  delivered(message) {
    return this.#receipts.first(
      `Baileys sees "${textOf(message)}" delivered`,
      (receipt) => receipt.id === message.key.id,
    );
  }

  /** Makes a group with phone numbers in it, and gives its id. */
  async createGroup(subject, phones) {
    return (await this.#socket.groupCreate(subject, phones.map(person))).id;
  }

  async #connect(link) {
    const settled = this.#connections.next('Baileys connects', () => true);
    this.#open(link);
    const { failure } = await settled;
    if (failure) throw failure;
  }

  #open(link) {
    let asked = false;
    const socket = makeWASocket({
      waWebSocketUrl: this.#simulator.chatUrl,
      auth: this.#auth,
      logger,
      getMessage: async ({ id }) => this.#sent.get(id),
    });
    this.#socket = socket;
    socket.ev.on('connection.update', async ({ qr, connection, lastDisconnect }) => {
      if (qr && !asked) {
        asked = true;
        await this.#try(() => link(qr));
      }
      if (connection === 'open') this.#connections.add({});
      if (connection === 'close') this.#closed(link, lastDisconnect.error);
    });
    socket.ev.on('messages.upsert', ({ messages }) => {
      for (const message of messages) {
        if (textOf(message)) this.#texts.add(message);
        // Baileys folds what happens in quick succession into one event.
        if (confirmed(message) || message.userReceipt?.length) this.#receipts.add(message.key);
      }
    });
    socket.ev.on('messages.update', (updates) => {
      for (const { key, update } of updates) if (confirmed(update)) this.#receipts.add(key);
    });
    socket.ev.on('message-receipt.update', (updates) => {
      for (const { key } of updates) this.#receipts.add(key);
    });
  }

  /** After the linking WhatsApp asks for a new connection; any other end is one, and none at all is ours. */
  #closed(link, error) {
    if (error?.output?.statusCode === DisconnectReason.restartRequired) this.#open(link);
    else if (error) this.#connections.add({ failure: error });
  }

  async #try(step) {
    try {
      await step();
    } catch (failure) {
      this.#connections.add({ failure });
    }
  }
}

/** Keys of Baileys's Signal store. */
class Keys {
  #kept = new Map();

  async get(type, ids) {
    return Object.fromEntries(
      ids.map((id) => [id, this.#kept.get(`${type} ${id}`)]).filter(([, value]) => value !== undefined),
    );
  }

  async set(changes) {
    for (const [type, entries] of Object.entries(changes)) {
      for (const [id, value] of Object.entries(entries)) {
        if (value) this.#kept.set(`${type} ${id}`, value);
        else this.#kept.delete(`${type} ${id}`);
      }
    }
  }
}

function confirmed({ status }) {
  return status === DELIVERY_ACK || status === READ;
}

function textOf({ message }) {
  return message?.conversation || message?.extendedTextMessage?.text;
}

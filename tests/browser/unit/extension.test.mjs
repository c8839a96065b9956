// The browser extension, in a page that is just large enough for it: what it asks of a passkey, what it answers, and when its button works.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { pack, returned } from '../../../assets/js/passkey.js';

const SOURCE = readFileSync(new URL('../../../extension/content.js', import.meta.url), 'utf8');
const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text).buffer;
const base64 = (/** @type {string} */ text) => Buffer.from(text).toString('base64url');

/** An element, as far as the panel uses one. */
class Element extends EventTarget {
  textContent = '';
  className = '';
  disabled = false;
  /** @type {Element[]} */
  children = [];
  focused = false;
  /** @param {string} name */
  constructor(name) {
    super();
    this.name = name;
  }
  setAttribute() {}
  /** @param {(Element|string)[]} made */
  append(...made) {
    for (const one of made) if (typeof one !== 'string') this.children.push(one);
  }
  attachShadow() {
    const root = new Element('root');
    this.children.push(root);
    return root;
  }
  remove() {}
  showModal() {}
  close() {
    this.dispatchEvent(new Event('close'));
  }
  focus() {
    this.focused = true;
  }
  matches() {
    return this.focused && !this.disabled;
  }
  /** @returns {Element[]} */
  get all() {
    return [this, ...this.children.flatMap((child) => child.all)];
  }
}

const CREDENTIAL = {
  id: 'AQI',
  rawId: bytes('raw'),
  type: 'public-key',
  authenticatorAttachment: 'platform',
  response: {
    clientDataJSON: bytes('data'),
    authenticatorData: bytes('auth'),
    signature: bytes('sign'),
    userHandle: bytes('user'),
    more: 'x',
  },
  getClientExtensionResults: () => ({ prf: { results: { first: bytes('secret') } } }),
  toJSON: () => ({ clientExtensionResults: { prf: { results: { first: 'secret' } } } }),
};
const OPTIONS = {
  challenge: base64('challenge'),
  rpId: 'web.whatsapp.com',
  allowCredentials: [{ type: 'public-key', id: base64('raw'), transports: ['internal'], more: 1 }],
  userVerification: 'required',
  timeout: 60_000,
};

/**
 * Opens WhatsApp Web with a request for the extension.
 * @param {any} [options] what a passkey is to sign @param {any} [more] of the request
 */
function open(options = OPTIONS, more = {}) {
  const request = { v: 1, options, back: 'https://shop.example/link/return', state: 'ab12', ...more };
  const asked = /** @type {any[]} */ ([]);
  const gone = /** @type {string[]} */ ([]);
  const seen = { focus: true };
  const document = Object.assign(new EventTarget(), {
    readyState: 'complete',
    visibilityState: 'visible',
    hasFocus: () => seen.focus,
    documentElement: new Element('html'),
    createElement: (/** @type {string} */ name) => new Element(name),
  });
  const window = new EventTarget();
  const location = { hash: `#wamux=${pack(request)}`, pathname: '/', search: '' };
  runInNewContext(SOURCE, {
    document,
    window,
    location: { ...location, assign: (/** @type {string} */ url) => gone.push(url) },
    history: { state: null, replaceState() {} },
    navigator: {
      languages: ['en'],
      credentials: { get: (/** @type {any} */ wish) => new Promise((yes, no) => asked.push({ ...wish, yes, no })) },
    },
    PublicKeyCredential: class {},
    CSSStyleSheet: class {
      replaceSync() {}
    },
    ...{ atob, btoa, URL, TextEncoder, TextDecoder, Uint8Array, AbortController, setTimeout, clearTimeout },
  });
  const all = () => document.documentElement.all;
  const [first, second] = all().filter(({ name }) => name === 'button');
  return {
    asked,
    gone,
    /** Confirms, or only cancels where there is nothing to confirm. */
    go: first,
    no: second ?? first,
    dialog: /** @type {Element} */ (all().find(({ name }) => name === 'dialog')),
    text: () => all().map(({ textContent }) => textContent),
    /** @param {boolean} focus */
    look(focus) {
      seen.focus = focus;
      window.dispatchEvent(new Event(focus ? 'focus' : 'blur'));
    },
  };
}

/** @param {any} value what another realm made, as one of this @returns {any} */
const plain = (value) =>
  JSON.parse(JSON.stringify(value, (_, one) => (ArrayBuffer.isView(one) ? [.../** @type {any} */ (one)] : one)));
const turn = () => new Promise((done) => setImmediate(done));
/** @param {Element} button */
const click = (button) => button.disabled || button.dispatchEvent(new Event('click'));

/** @param {string} name @param {() => Promise<void>} steps */
const timed = (name, steps) =>
  test(name, async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      await steps();
    } finally {
      mock.timers.reset();
    }
  });

timed('a passkey is asked for what linking a device takes, and for nothing else', async () => {
  const panel = open({
    ...OPTIONS,
    extensions: { prf: { eval: { first: 'YWJj' } } },
    mediation: 'silent',
    hints: ['hybrid'],
  });
  mock.timers.tick(1_000);
  click(panel.go);
  const [{ publicKey, signal, yes, no, ...rest }] = panel.asked;
  assert.deepEqual(rest, {});
  assert.deepEqual(plain(publicKey), {
    challenge: [...Buffer.from('challenge')],
    rpId: 'web.whatsapp.com',
    allowCredentials: [{ type: 'public-key', id: [...Buffer.from('raw')], transports: ['internal'] }],
    userVerification: 'required',
    timeout: 60_000,
  });
});

timed('what is answered is the signature and whose it is, and nothing else', async () => {
  const panel = open();
  mock.timers.tick(1_000);
  click(panel.go);
  panel.asked[0].yes(CREDENTIAL);
  await turn();
  const url = new URL(panel.gone[0]);
  assert.equal(url.origin + url.pathname, 'https://shop.example/link/return');
  assert.deepEqual(returned(url.hash), {
    state: 'ab12',
    credential: {
      id: base64('raw'),
      rawId: base64('raw'),
      type: 'public-key',
      response: {
        clientDataJSON: base64('data'),
        authenticatorData: base64('auth'),
        signature: base64('sign'),
        userHandle: base64('user'),
      },
    },
  });
});

timed('a passkey of another site, and an address that is no place to go back to, are refused', async () => {
  const bad = [
    open({ ...OPTIONS, rpId: 'shop.example' }),
    open({ ...OPTIONS, rpId: 'evil.web.whatsapp.com' }),
    open(OPTIONS, { back: 'http://shop.example/' }),
    open(OPTIONS, { back: 'javascript:alert(1)' }),
    open(OPTIONS, { state: 'a&b' }),
  ];
  mock.timers.tick(60_000);
  for (const { go, no, text, asked } of bad) {
    assert.equal(go, no, 'there is nothing to confirm');
    assert.match(text().join(' '), /cannot be used/);
    assert.deepEqual(asked, []);
  }
  assert.equal(
    open({ ...OPTIONS, rpId: 'whatsapp.com' })
      .text()
      .includes('shop.example'),
    true,
  );
});

timed('who asks is told by the host alone, in letters that hide nothing', async () => {
  const { text } = open(OPTIONS, { back: 'https://user:pw@ex\u0430mple.com:8443/x', name: 'WhatsApp Support' });
  assert.ok(text().includes('xn--exmple-4nf.com:8443'));
  assert.doesNotMatch(text().join(' '), /Support|user/);
});

timed('the button works once somebody has looked at the panel for a second, and no longer than that', async () => {
  const panel = open();
  mock.timers.tick(900);
  assert.ok(panel.go.disabled);
  panel.look(false);
  mock.timers.tick(5_000);
  panel.look(true);
  mock.timers.tick(900);
  assert.ok(panel.go.disabled, 'the second begins anew');
  mock.timers.tick(100);
  assert.equal(panel.go.disabled, false);
  panel.look(false);
  panel.look(true);
  click(panel.go);
  assert.deepEqual(panel.asked, [], 'what comes with the window does not press it');
});

timed('closing the panel ends the question: a yes that comes later goes nowhere', async () => {
  const panel = open();
  mock.timers.tick(1_000);
  click(panel.go);
  const [{ signal, yes }] = panel.asked;
  // The passkey's own window takes the focus, and gives it back.
  panel.look(false);
  panel.look(true);
  mock.timers.tick(1_000);
  assert.ok(panel.go.disabled, 'it is asked once');
  click(panel.no);
  assert.ok(signal.aborted);
  yes(CREDENTIAL);
  await turn();
  assert.deepEqual(panel.gone, []);
});

timed('after a no it can be tried again', async () => {
  const panel = open();
  mock.timers.tick(1_000);
  click(panel.go);
  panel.asked[0].no(Object.assign(new Error('no'), { name: 'NotAllowedError' }));
  await turn();
  assert.match(panel.text().join(' '), /No passkey was used/);
  mock.timers.tick(1_000);
  click(panel.go);
  assert.equal(panel.asked.length, 2);
});

// A page that stands for web.whatsapp.com: a TLS server of the test, to which the browser resolves that name, and a virtual
// authenticator with the passkey that the simulator made.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const HOST = 'web.whatsapp.com';
const PAGE = '<!doctype html><html lang="en"><title>WhatsApp Web</title><body><main><h1>Steps to log in</h1></main>';
/** As strict as the real one may be: nothing inline, nothing from elsewhere. */
const POLICY = "default-src 'self'; style-src 'self'; script-src 'self'; require-trusted-types-for 'script'";

export class Whatsapp {
  /** What it was asked for: fragments must not be in there. @type {string[]} */
  asked = [];
  #folder = mkdtempSync(join(tmpdir(), 'wamux-tls-'));
  #server;

  constructor() {
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(this.#folder, name));
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const names = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
    execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    this.#server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      this.asked.push(request.url ?? '');
      const found = request.url === '/';
      response.writeHead(found ? 200 : 404, { 'Content-Type': 'text/html', 'Content-Security-Policy': POLICY });
      response.end(found ? PAGE : '');
    });
  }

  static async start() {
    const made = new Whatsapp();
    await new Promise((listening) => made.#server.listen(0, '127.0.0.1', () => listening(undefined)));
    return made;
  }

  /** What tells a browser that the name is this server. */
  get flags() {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    return [`--host-resolver-rules=MAP ${HOST} 127.0.0.1:${port}`, '--ignore-certificate-errors'];
  }

  end() {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const base64 = (/** @type {string} */ text) => Buffer.from(text, 'base64url').toString('base64');

/**
 * Gives a page an authenticator that has this passkey, and says yes to whatever is asked behind a click.
 * @param {import('playwright-core').Page} page
 * @param {{credentialId: string, privateKeyPkcs8: string, rpId: string, userHandle: string}} passkey as the simulator gives it
 */
export async function addPasskey(page, passkey) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await cdp.send('WebAuthn.addCredential', {
    authenticatorId,
    credential: {
      credentialId: base64(passkey.credentialId),
      isResidentCredential: true,
      rpId: passkey.rpId,
      privateKey: passkey.privateKeyPkcs8,
      userHandle: base64(passkey.userHandle),
      signCount: 1,
    },
  });
}

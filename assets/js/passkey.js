// A passkey's request and its answer on their way between our page and one of web.whatsapp.com: texts in fragments of addresses, which
// no server sees. Pure.

const WHATSAPP = 'https://web.whatsapp.com/';

/** Any JSON as text that an address takes. @param {unknown} value */
export function pack(value) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** @param {string} text @returns {any} */
export function unpack(text) {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
}

/**
 * Where the extension signs. It comes back to a page of `origin` that is the same for everybody; `state` says whose answer it is.
 * @param {{options: unknown, origin: string, state: string}} request
 */
export const signingAddress = ({ options, origin, state }) =>
  `${WHATSAPP}#wamux=${pack({ v: 1, options, back: `${origin}/link/return`, state })}`;

/** Names a page, for nobody else. @param {(bytes: Uint8Array<ArrayBuffer>) => Uint8Array} random */
export const newState = (random) =>
  Array.from(random(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The answer, from a fragment or as somebody pasted it; null when it is none. @param {string} text */
export function readCredential(text) {
  const bare = text
    .trim()
    .replace(/^["'`]|["'`]$/g, '')
    .replace(/^#?passkey=/, '');
  try {
    const credential = bare.startsWith('{') ? JSON.parse(bare) : unpack(bare.replace(/\s+/g, ''));
    return credential?.rawId && credential.response?.signature && credential.response.authenticatorData
      ? credential
      : null;
  } catch {
    return null;
  }
}

/** The answer that came back in an address, and whose it is; null when there is none. @param {string} hash */
export function returned(hash) {
  const parts = new URLSearchParams(hash.slice(1));
  const credential = readCredential(parts.get('passkey') ?? '');
  return credential && { credential, state: parts.get('state') ?? '' };
}

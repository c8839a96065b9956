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

/** Where the extension signs. @param {{options: unknown, back: string, name: string}} request `back`: where it goes with the answer */
export const signingAddress = ({ options, back, name }) => `${WHATSAPP}#wamux=${pack({ v: 1, options, back, name })}`;

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

/** The answer that came back in an address, if there is one. @param {string} hash */
export const credentialIn = (hash) => (hash.startsWith('#passkey=') ? readCredential(hash) : null);

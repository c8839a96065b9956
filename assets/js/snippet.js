// What is pasted into the console of a web.whatsapp.com page where there is no extension: it shows one button there, signs, and shows
// the answer to be copied. Whoever pastes it can read it. As the extension, it gives a signature for linking a device and nothing else.

/** @typedef {{ask: string, sign: string, done: string, failed: string, bad: string}} Words */

/**
 * Runs on the other page, on its own: it may use nothing from here.
 * @param {any} options @param {Words} words
 */
function sign(options, words) {
  const bytes = (/** @type {string} */ text) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
  const text = (/** @type {ArrayBuffer|null} */ buffer) =>
    buffer &&
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=+$/, '');
  const panel = document.createElement('dialog');
  const said = document.createElement('p');
  const button = document.createElement('button');
  panel.id = 'wamux-passkey';
  said.textContent = words.ask;
  button.textContent = words.sign;
  panel.append(said, button);
  (document.body ?? document.documentElement).append(panel);
  panel.showModal();
  button.onclick = async () => {
    try {
      const {
        challenge,
        rpId = 'web.whatsapp.com',
        allowCredentials = [],
        userVerification = 'required',
        timeout,
      } = options;
      if (!['web.whatsapp.com', 'whatsapp.com'].includes(rpId)) {
        said.textContent = words.bad;
        return button.remove();
      }
      const publicKey = {
        challenge: bytes(challenge),
        rpId,
        allowCredentials: allowCredentials.map((/** @type {any} */ { id, transports }) => ({
          type: 'public-key',
          id: bytes(id),
          transports,
        })),
        userVerification,
        timeout,
      };
      const { rawId, response } = /** @type {any} */ (await navigator.credentials.get({ publicKey }));
      const answer = JSON.stringify({
        id: text(rawId),
        rawId: text(rawId),
        type: 'public-key',
        response: {
          clientDataJSON: text(response.clientDataJSON),
          authenticatorData: text(response.authenticatorData),
          signature: text(response.signature),
          userHandle: text(response.userHandle),
        },
      });
      const field = document.createElement('textarea');
      field.value = answer;
      field.readOnly = true;
      said.textContent = words.done;
      button.replaceWith(field);
      field.select();
      await navigator.clipboard?.writeText(answer).catch(() => {});
    } catch (error) {
      said.textContent = `${words.failed} ${error}`;
    }
  };
}

/** Notes for the type checker, which say nothing to whoever reads it there. */
const NOTES = /\/\*\*.*?\*\/\s*/g;

/** @param {unknown} options @param {Words} words */
export const snippet = (options, words) =>
  `(${String(sign).replace(NOTES, '')})(${JSON.stringify(options)}, ${JSON.stringify(words)});`;

// Signs with the account's passkey on web.whatsapp.com, where alone it works, for a page that links a device. That page opens
// https://web.whatsapp.com/#wamux=… and gets the answer back in the fragment of its own address. Nothing is kept or sent elsewhere.
// Whoever asks gets a signature for linking a device and nothing else: what a passkey can do beyond that is not passed on.
// All of it stands in a block: the page's own scripts see no name of it.
if (location.hash.startsWith('#wamux=')) {
  const packed = location.hash.slice('#wamux='.length);
  // Out of sight. The page could still find it in its own navigation entry, and it is in the history: nothing in it is secret.
  history.replaceState(history.state, '', location.pathname + location.search);

  /** Taken now, before scripts of the page could put something else in its place. */
  const credentials = navigator.credentials;
  const PublicKey = /** @type {any} */ (globalThis.PublicKeyCredential);

  /** Whose passkeys WhatsApp asks for. */
  const RP_IDS = ['web.whatsapp.com', 'whatsapp.com'];
  /** So long the panel is looked at before its button works: nobody presses it in passing. */
  const LOOK_MS = 1_000;

  const WORDS = {
    en: {
      title: 'Link a device with your passkey',
      asks: 'asks to link a device to your WhatsApp account. It could then read and write your messages.',
      warn: 'Go on only if you have just begun this yourself, on that page.',
      go: 'Confirm with passkey',
      no: 'Cancel',
      busy: 'Waiting for your passkey…',
      back: 'Done. Going back…',
      bad: 'This request cannot be used. Go back to the page that you came from, and start over.',
      none: 'This browser knows no passkeys. Use a current Chrome, Edge or Firefox.',
      denied:
        'No passkey was used: it was cancelled, took too long, or there is none for this account here. Try again, or use the device that has it.',
      failed: 'That did not work. Try again.',
    },
    es: {
      title: 'Vincula un dispositivo con tu llave de acceso',
      asks: 'pide vincular un dispositivo a tu cuenta de WhatsApp. Podría leer y escribir tus mensajes.',
      warn: 'Continúa solo si acabas de empezar esto en esa página.',
      go: 'Confirmar con llave de acceso',
      no: 'Cancelar',
      busy: 'Esperando tu llave de acceso…',
      back: 'Listo. Volviendo…',
      bad: 'Esta solicitud no sirve. Vuelve a la página de la que viniste y empieza de nuevo.',
      none: 'Este navegador no conoce llaves de acceso. Usa Chrome, Edge o Firefox al día.',
      denied:
        'No se usó ninguna llave: se canceló, tardó demasiado o aquí no hay una para esta cuenta. Inténtalo de nuevo o usa el dispositivo que la tiene.',
      failed: 'No funcionó. Inténtalo de nuevo.',
    },
    pt: {
      title: 'Conecte um dispositivo com sua chave de acesso',
      asks: 'pede para conectar um dispositivo à sua conta do WhatsApp. Ele poderia ler e escrever suas mensagens.',
      warn: 'Continue só se você acabou de começar isso naquela página.',
      go: 'Confirmar com chave de acesso',
      no: 'Cancelar',
      busy: 'Esperando sua chave de acesso…',
      back: 'Pronto. Voltando…',
      bad: 'Este pedido não serve. Volte à página de onde você veio e comece de novo.',
      none: 'Este navegador não conhece chaves de acesso. Use Chrome, Edge ou Firefox atualizado.',
      denied:
        'Nenhuma chave foi usada: foi cancelado, demorou demais ou não há uma para esta conta aqui. Tente de novo ou use o dispositivo que a tem.',
      failed: 'Não deu certo. Tente de novo.',
    },
  };
  const language = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) ?? 'en';
  const words = WORDS[/** @type {keyof typeof WORDS} */ (language)];

  const STYLE = `
    :host { all: initial; }
    dialog { box-sizing: border-box; width: min(28rem, calc(100vw - 2rem)); margin: 10vh auto auto; padding: 1.5rem; border: 1px solid #d0d0d6;
      border-radius: 1rem; background: #fff; color: #18181b; font: 1rem/1.5 system-ui, sans-serif; color-scheme: light; }
    dialog::backdrop { background: rgb(9 9 11 / 0.6); }
    h1 { margin: 0 0 0.75rem; font-size: 1.125rem; }
    p { margin: 0 0 0.75rem; overflow-wrap: anywhere; }
    .host { font-weight: 700; font-size: 1.0625rem; }
    .note { color: #56565f; font-size: 0.875rem; }
    .said:empty { display: none; }
    .is-bad { color: #b42318; }
    footer { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-top: 1.25rem; }
    button { flex: 1 1 auto; min-height: 2.75rem; padding: 0 1rem; border: 1px solid #92929c; border-radius: 0.5rem; background: #fff; color: inherit;
      font: inherit; font-weight: 600; cursor: pointer; }
    button:first-child { border-color: transparent; background: #047857; color: #fff; }
    button:disabled { opacity: 0.6; cursor: default; }
    button:focus-visible { outline: 2px solid #047857; outline-offset: 2px; }`;

  /** @param {string} text */
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
  /** @param {Uint8Array} data */
  const base64 = (data) =>
    btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(''))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=+$/, '');
  /** @param {ArrayBuffer|null} buffer */
  const text = (buffer) => (buffer ? base64(new Uint8Array(buffer)) : undefined);

  /**
   * What is asked of the passkey: only what linking a device takes. Extensions, which can yield secrets, are none of it.
   * @param {any} options
   */
  const publicKeyOf = ({ challenge, rpId = RP_IDS[0], allowCredentials = [], userVerification, timeout }) => {
    if (!RP_IDS.includes(rpId)) throw new Error('not a passkey of WhatsApp');
    const known = ['required', 'preferred', 'discouraged'].includes(userVerification);
    return {
      challenge: bytes(challenge),
      rpId,
      allowCredentials: allowCredentials.map((/** @type {any} */ { id, transports }) => ({
        type: 'public-key',
        id: bytes(id),
        ...(Array.isArray(transports) ? { transports: transports.map(String) } : {}),
      })),
      userVerification: known ? userVerification : 'required',
      ...(timeout > 0 ? { timeout: Number(timeout) } : {}),
    };
  };

  /** @param {any} credential */
  const answerOf = ({ rawId, response }) => ({
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

  /** Who asks; null when it is nobody to go back to: only https, or this machine. */
  const readRequest = () => {
    try {
      const { v, options, back, state } = JSON.parse(new TextDecoder().decode(bytes(packed)));
      const url = new URL(back);
      const own = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
      const secure = url.protocol === 'https:' || (url.protocol === 'http:' && own);
      if (v !== 1 || !secure || !/^[\w-]{1,64}$/.test(state)) return null;
      url.hash = '';
      url.username = '';
      url.password = '';
      return { publicKey: publicKeyOf(options), url, state };
    } catch {
      return null;
    }
  };

  /** @param {string} name @param {string} content @param {string} [classes] */
  const element = (name, content, classes = '') => {
    const made = document.createElement(name);
    made.textContent = content;
    made.className = classes;
    return made;
  };

  /** The dialog, apart from the page's styles. @param {() => void} onClose */
  const makeDialog = (onClose) => {
    const host = document.createElement('wamux-passkey');
    const root = host.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const dialog = document.createElement('dialog');
    const title = element('h1', words.title);
    title.id = 'title';
    dialog.lang = language;
    dialog.setAttribute('aria-labelledby', 'title');
    dialog.append(title);
    dialog.addEventListener('close', onClose);
    root.append(dialog);
    return { host, dialog };
  };

  /** Who asks. @param {{url: URL}} request */
  const asker = ({ url }) => {
    const who = element('p', '');
    who.append(element('span', url.host, 'host'), ` ${words.asks}`);
    return [who, element('p', words.warn)];
  };

  /** Signs, and goes back with the answer, unless the panel was closed. @param {{publicKey: any, url: URL, state: string}} request @param {AbortSignal} signal */
  const sign = async ({ publicKey, url, state }, signal) => {
    const credential = await credentials.get({ publicKey, signal });
    signal.throwIfAborted();
    const answer = base64(new TextEncoder().encode(JSON.stringify(answerOf(credential))));
    location.assign(`${url.href}#passkey=${answer}&state=${state}`);
  };

  /**
   * Lets a button be pressed while somebody looks at it, and has for a while: not by a second click that was meant for another page.
   * @param {HTMLButtonElement} button @param {() => boolean} isBusy @param {AbortSignal} signal
   */
  const arm = (button, isBusy, signal) => {
    let timer = /** @type {ReturnType<typeof setTimeout>|undefined} */ (undefined);
    let focus = true;
    const enable = () => {
      button.disabled = false;
      if (focus) button.focus();
      focus = false;
    };
    const look = () => {
      if (isBusy()) return;
      clearTimeout(timer);
      focus ||= button.matches(':focus');
      button.disabled = true;
      if (document.visibilityState === 'visible' && document.hasFocus()) timer = setTimeout(enable, LOOK_MS);
    };
    document.addEventListener('visibilitychange', look, { signal });
    for (const name of ['focus', 'blur']) window.addEventListener(name, look, { signal });
    signal.addEventListener('abort', () => clearTimeout(timer));
    look();
    return () => {
      focus = true;
      look();
    };
  };

  const show = () => {
    const request = readRequest();
    const closed = new AbortController();
    const { host, dialog } = makeDialog(() => {
      closed.abort();
      host.remove();
    });
    const said = element('p', '', 'said');
    const go = /** @type {HTMLButtonElement} */ (element('button', words.go));
    const no = element('button', words.no);
    const foot = document.createElement('footer');
    said.setAttribute('role', 'status');
    /** @param {string} content @param {boolean} bad */
    const say = (content, bad) => {
      said.textContent = content;
      said.className = bad ? 'said is-bad' : 'said';
    };
    const ready = request && credentials && PublicKey;
    if (ready) dialog.append(...asker(request));
    else say(request ? words.none : words.bad, true);
    foot.append(...(ready ? [go, no] : [no]));
    dialog.append(said, foot);
    no.addEventListener('click', () => dialog.close());
    let busy = false;
    let rearm = () => {};
    go.disabled = true;
    go.addEventListener('click', async () => {
      if (!request || busy) return;
      busy = true;
      go.disabled = true;
      say(words.busy, false);
      try {
        await sign(request, closed.signal);
        say(words.back, false);
      } catch (/** @type {any} */ error) {
        const denied = error?.name === 'NotAllowedError' || error?.name === 'AbortError';
        say(denied ? words.denied : `${words.failed} (${error?.name ?? error})`, true);
        busy = false;
        rearm();
      }
    });
    document.documentElement.append(host);
    dialog.showModal();
    if (ready) rearm = arm(go, () => busy, closed.signal);
  };

  // The page draws over what was there before it.
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', show, { once: true });
  else show();
}

// Hands a passkey's answer from the tab that the extension came back to over to the tab that waits for it, in the same browser.

/** @typedef {Pick<BroadcastChannel, 'postMessage'|'close'|'onmessage'>} Channel */

/** Both tabs know it by this name. */
export const CHANNEL = 'wamux.passkey';

/**
 * Takes answers for the page of this name.
 * @param {{channel: Channel, state: string, onCredential: (credential: unknown) => void}} options
 */
export function takeOver({ channel, state, onCredential }) {
  channel.onmessage = ({ data }) => {
    if (data?.state !== state || !data.credential) return;
    channel.postMessage({ taken: state });
    onCredential(data.credential);
  };
  return () => channel.close();
}

/**
 * Gives an answer away; false when nobody takes it in time.
 * @param {{channel: Channel, answer: {state: string, credential: unknown}, ms: number, timers?: Pick<typeof globalThis, 'setTimeout'|'clearTimeout'>}} options
 * @returns {Promise<boolean>}
 */
export const handOver = ({ channel, answer, ms, timers = globalThis }) =>
  new Promise((done) => {
    const end = (/** @type {boolean} */ taken) => {
      timers.clearTimeout(timer);
      channel.close();
      done(taken);
    };
    const timer = timers.setTimeout(() => end(false), ms);
    channel.onmessage = ({ data }) => {
      if (data?.taken === answer.state) end(true);
    };
    channel.postMessage(answer);
  });

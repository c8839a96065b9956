// Something to look at on every page: sessions in several states, conversations, webhooks that work and one that does not.
import { ANA, BEN, Daemon, ECHO } from './daemon.mjs';
import { until } from './patience.mjs';
import { startReceiver } from './receiver.mjs';

/** A daemon in which things have happened. `pages` are the hashes of all pages, by name. */
export async function startWorld() {
  const daemon = await Daemon.start({ WAMUX_WEBHOOKS__RETRY_FIRST_SECS: '1' });
  try {
    return await fill(daemon);
  } catch (error) {
    // node's report says only that a hook failed.
    console.error(error, daemon.log);
    throw error;
  }
}

/** @param {Daemon} daemon */
async function fill(daemon) {
  const receiver = await startReceiver();
  const broken = await startReceiver(503);
  const webhook = await daemon.post('webhooks', { url: receiver.url, events: ['*'] });
  await daemon.post('webhooks', { clientId: 'acme', url: broken.url, events: ['message.*'] });
  await daemon.link({ clientId: 'acme', sessionId: 'support', name: 'Mesa Norte' }, ANA);
  await daemon.link({ clientId: 'acme', sessionId: 'sales', name: 'Vendas 24h' }, BEN);
  await daemon.post('sessions', { clientId: 'zeta', sessionId: 'new-one', name: 'Lima' });
  await daemon.post('sessions', { clientId: 'zeta', sessionId: 'resting', name: 'Quito' });
  await daemon.post('sessions/resting/stop');
  const sent = await daemon.post('messages/send', { sessionId: 'support', to: `+${ECHO}`, text: '*Hola* Echo 😀' });
  await daemon.act('phone/send', { from: BEN, to: ANA }, 'Tudo bem? https://example.com/a');
  await daemon.message('support', (message) => message.direction === 'in' && message.senderName === 'Echo');
  await daemon.message('support', (message) => message.direction === 'in' && message.senderName === 'Ben');
  await daemon.message('support', (message) => message.id === sent.id && message.states.delivered);
  await until('an event at the webhook', () => receiver.events.some((event) => event.type === 'message.received'));
  const chat = encodeURIComponent(sent.chatId);
  const pages = {
    overview: '#/',
    sessions: '#/sessions',
    session: '#/sessions/support',
    'session-to-link': '#/sessions/new-one',
    chats: '#/sessions/support/chats',
    conversation: `#/sessions/support/chats/${chat}`,
    messages: '#/messages',
    message: `#/messages/${sent.id}`,
    webhooks: '#/webhooks',
    webhook: `#/webhooks/${webhook.id}`,
    events: '#/events',
    sandbox: '#/sandbox',
    settings: '#/settings',
    'not-found': '#/nowhere',
  };
  return {
    daemon,
    pages,
    sent,
    webhook,
    url: daemon.url,
    async end() {
      receiver.end();
      broken.end();
      await daemon.end();
    },
  };
}
/** @typedef {Awaited<ReturnType<typeof startWorld>>} World */

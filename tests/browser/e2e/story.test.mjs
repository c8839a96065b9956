// The whole story, as people live it: from the key to the last click, in three languages and on a phone's screen.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { journey } from '../harness/browser.mjs';
import { ANA, BEN, Daemon } from '../harness/daemon.mjs';
import { until } from '../harness/patience.mjs';
import { startReceiver } from '../harness/receiver.mjs';
import { dialog, go, signIn, waitForLive } from '../pages/frame.mjs';
import { answer, bubble, conversation, outcome, outcomeIs, sendText, textsLike, ticksAre } from '../pages/messages.mjs';
import {
  codeToScan,
  deleteSession,
  fillSession,
  findSession,
  linked,
  newSession,
  sessionIs,
} from '../pages/sessions.mjs';
import { createWebhook, latestDelivery, redeliverLatest } from '../pages/webhooks.mjs';

/** @typedef {import('../harness/browser.mjs').Tab} Tab */
/** @type {Daemon} */
let daemon;
before(async () => {
  daemon = await Daemon.start({ WAMUX_WEBHOOKS__RETRY_FIRST_SECS: '3600' });
});
after(() => daemon?.end());
const shared = () => daemon;
/** What the browser says by itself while the daemon is gone. */
const GONE =
  /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|FAILED)/;

/** Nothing reloads the page in the middle of a story. @param {Tab} tab */
async function watchForReloads({ page }) {
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  return async () => assert.equal(await page.evaluate('window.sameDocument'), true, 'the page was not reloaded');
}

/** Makes a session, and lets a simulated phone scan its code. @param {Tab} tab @param {{sessionId: string, name: string, phone: string}} options */
async function createAndLink(tab, { sessionId, name, phone }) {
  await go(tab, 'sessions');
  await newSession(tab);
  await fillSession(tab, { clientId: 'acme', name, sessionId });
  await codeToScan(tab, name);
  await daemon.scan(sessionId, phone);
  await linked(tab, name);
  await sessionIs(tab, name, 'connected');
}

journey('from the key to the last click', shared, { signedIn: false }, async (tab) => {
  await tab.open('#/');
  const assertNotReloaded = await watchForReloads(tab);
  await signIn(tab);
  await waitForLive(tab, 'live');
  await createAndLink(tab, { sessionId: 'support', name: 'Support desk', phone: ANA });
  await tab.picture('story-connected');

  // Ben's phone is off: the ticks change when it is on, and when he reads.
  await daemon.act('phone/offline', { phone: BEN });
  await go(tab, 'messages');
  await sendText(tab, { session: 'Support desk', to: `+${BEN}`, text: 'Are you there?' });
  await outcomeIs(tab, 'Are you there?', 'sent');
  await outcome(tab, 'Are you there?')
    .getByRole('link', { name: tab.t('messages.openChat') })
    .click();
  await ticksAre(tab, 'Are you there?', 'sent');
  await daemon.act('phone/online', { phone: BEN });
  await ticksAre(tab, 'Are you there?', 'delivered');
  await daemon.act('phone/read', { phone: BEN, chat: ANA });
  await ticksAre(tab, 'Are you there?', 'read');
  await daemon.act('phone/send', { from: BEN, to: ANA }, 'I am, and you?');
  await bubble(tab, 'I am, and you?').waitFor();
  await answer(tab, 'Me too');
  await ticksAre(tab, 'Me too', 'delivered');
  await tab.picture('story-conversation');
  await assertNotReloaded();
});

journey('the stream is cut, and nothing is missed', shared, {}, async (tab) => {
  tab.expect(GONE);
  const { chatId } = await daemon.message('support', (message) => message.text === 'Me too');
  await tab.open(`#/sessions/support/chats/${encodeURIComponent(chatId)}`);
  await bubble(tab, 'Me too').waitFor();
  await waitForLive(tab, 'live');
  const assertNotReloaded = await watchForReloads(tab);
  await daemon.kill();
  await conversation(tab).waitFor();
  await tab.page.getByRole('banner').getByText(tab.t('live.live'), { exact: true }).waitFor({ state: 'detached' });
  // It comes back, but the page cannot reach what happens: all of this it has to catch up with.
  await tab.page.route('**/api/events**', (route) => route.abort());
  await daemon.start();
  await daemon.reached('support', 'connected');
  for (const text of ['gap 1', 'gap 2', 'gap 3']) await daemon.act('phone/send', { from: BEN, to: ANA }, text);
  await daemon.message('support', (message) => message.text === 'gap 3');
  await tab.page.unroute('**/api/events**');
  await waitForLive(tab, 'live');
  await bubble(tab, 'gap 3').waitFor();
  await daemon.act('phone/send', { from: BEN, to: ANA }, 'gap over');
  await bubble(tab, 'gap over').waitFor();
  assert.deepEqual(await textsLike(tab, /gap \w+/), ['gap 1', 'gap 2', 'gap 3', 'gap over']);
  await assertNotReloaded();
});

journey('a webhook that failed is told again', shared, {}, async (tab) => {
  const receiver = await startReceiver(500);
  try {
    await tab.open('#/webhooks');
    await createWebhook(tab, receiver.url);
    await daemon.act('phone/send', { from: BEN, to: ANA }, 'for the webhook');
    await latestDelivery(tab).getByText(/500/).filter({ visible: true }).waitFor();
    receiver.status = 200;
    await redeliverLatest(tab);
    const again = await until('the delivery', () => receiver.events.find((event) => event.status === 200));
    assert.ok(
      receiver.events.some((event) => event.status === 500 && event.id === again.id),
      'the same event came again',
    );
    await dialog(tab).getByText(tab.t('deliveryStates.delivered'), { exact: true }).waitFor();
  } finally {
    receiver.end();
  }
});

journey('a session is deleted, and what is lost is said before', shared, {}, async (tab) => {
  await tab.open('#/sessions');
  await deleteSession(tab, 'Support desk', 'support');
  await findSession(tab, 'Support desk').waitFor({ state: 'detached' });
  assert.deepEqual((await daemon.get('sessions')).data, []);
});

for (const language of /** @type {import('../harness/words.mjs').Language[]} */ (['es', 'pt']))
  journey(
    `the essentials on a phone's screen, in ${language}`,
    shared,
    { language, width: 360, signedIn: false },
    async (tab) => {
      await tab.open('#/');
      await signIn(tab);
      await waitForLive(tab, 'live');
      await createAndLink(tab, { sessionId: `phone-${language}`, name: `Mesa ${language}`, phone: ANA });
      await tab.assertNoSidewaysScrolling();
      await go(tab, 'messages');
      await sendText(tab, { session: `Mesa ${language}`, to: `+${BEN}`, text: `Hola ${language}` });
      await outcomeIs(tab, `Hola ${language}`, 'delivered');
      await outcome(tab, `Hola ${language}`)
        .getByRole('link', { name: tab.t('messages.openChat') })
        .click();
      await daemon.act('phone/send', { from: BEN, to: ANA }, `Oi ${language}`);
      await daemon.message(`phone-${language}`, ({ text }) => text === `Oi ${language}`);
      await bubble(tab, `Oi ${language}`).waitFor();
      await tab.assertNoSidewaysScrolling();
      await go(tab, 'sessions');
      await deleteSession(tab, `Mesa ${language}`, `phone-${language}`);
    },
  );

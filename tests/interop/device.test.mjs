import assert from 'node:assert/strict';

import { scene } from './scene.mjs';

const ANA = '5511900000001';
const EVA = '5511900000003';

scene('Baileys and a session of one account show the same conversation, everything once', async ({ simulator, daemon, device }) => {
  await simulator.createPhone(EVA, 'Eva');
  await daemon.link('ana', ANA);
  const other = device();
  await other.linkByQr(ANA);
  assert.equal(other.phone, ANA);

  const mine = await daemon.send('ana', EVA, 'from the session');
  const copy = await other.heard('from the session');
  assert.deepEqual({ id: copy.key.id, fromMe: copy.key.fromMe }, { id: mine.waId, fromMe: true });

  const theirs = await other.send(EVA, 'from Baileys');
  const { waId, chatId, direction } = await daemon.heard('ana', 'from Baileys');
  assert.deepEqual({ waId, chatId, direction }, { waId: theirs.key.id, chatId: mine.chatId, direction: 'out' });

  await simulator.heard(EVA, 'from the session', 'from Baileys');
  await simulator.say(EVA, ANA, 'to both');
  const heard = await daemon.heard('ana', 'to both');
  assert.deepEqual({ chat: heard.chatId, direction: heard.direction }, { chat: mine.chatId, direction: 'in' });
  assert.equal((await other.heard('to both')).key.fromMe, false);

  // Texts arrive in order, so whatever came twice has come by now.
  await simulator.say(EVA, ANA, 'the last');
  await daemon.heard('ana', 'the last');
  await other.heard('the last');
  const conversation = ['from the session', 'from Baileys', 'to both', 'the last'];
  assert.deepEqual(await daemon.texts('ana'), conversation);
  assert.deepEqual(other.texts(), conversation);
});

import assert from 'node:assert/strict';

import { scene } from './scene.mjs';

const ANA = '5511900000001';
const BEN = '5511900000002';

scene('Baileys links by QR, and exchanges texts and receipts with a session', async ({ simulator, daemon, device }) => {
  await daemon.link('ana', ANA);
  await simulator.createPhone(BEN, 'Ben');
  const ben = device();
  await ben.linkByQr(BEN);
  // Without Ben's handset, only Baileys is left to confirm anything in his name.
  await simulator.switchOff(BEN);

  const sent = await daemon.send('ana', BEN, 'good morning');
  const received = await ben.heard('good morning');
  assert.equal(received.key.id, sent.waId);
  assert.equal(received.key.fromMe, false);
  await daemon.reached(sent, 'delivered');
  await ben.read(received);
  const { state, states } = await daemon.reached(sent, 'read');
  assert.equal(state, 'read');
  assert.ok(states.sent && states.delivered, JSON.stringify(states));

  const answer = await ben.send(ANA, 'and to you');
  const { waId, chatId, direction, sender } = await daemon.heard('ana', 'and to you');
  assert.deepEqual(
    { waId, chatId, direction, from: sender.phone },
    { waId: answer.key.id, chatId: sent.chatId, direction: 'in', from: BEN },
  );
  await ben.delivered(answer);
});

scene('Baileys links by a code that is typed on the phone', async ({ simulator, daemon, device }) => {
  await daemon.link('ana', ANA);
  await simulator.createPhone(BEN, 'Ben');
  const ben = device();
  await ben.linkByCode(BEN);
  assert.equal(ben.phone, BEN);

  await daemon.send('ana', BEN, 'good morning');
  await ben.heard('good morning');
  await ben.send(ANA, 'and to you');
  await daemon.heard('ana', 'and to you');
});

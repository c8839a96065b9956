import assert from 'node:assert/strict';

import { scene } from './scene.mjs';

const ANA = '5511900000001';
const BEN = '5511900000002';
const EVA = '5511900000003';

/** Ana's session and Ben's Baileys write to each other in a group, and see how far their texts came. */
async function talk({ simulator, daemon, device }, create) {
  await simulator.createPhone(EVA, 'Eva');
  await daemon.link('ana', ANA);
  await simulator.createPhone(BEN, 'Ben');
  const ben = device();
  await ben.linkByQr(BEN);
  const group = await create(ben);
  // Without these handsets, only Baileys is left to confirm anything to the session.
  for (const phone of [BEN, EVA]) await simulator.switchOff(phone);

  const sent = await daemon.send('ana', group, 'who waters today?');
  assert.equal(sent.chatId, group);
  const received = await ben.heard('who waters today?');
  assert.deepEqual(
    { id: received.key.id, chat: received.key.remoteJid },
    { id: sent.waId, chat: group },
  );
  await daemon.reached(sent, 'delivered');
  await ben.read(received);
  await daemon.reached(sent, 'read');

  const answer = await ben.send(group, 'I do');
  const { waId, chatId, direction, sender } = await daemon.heard('ana', 'I do');
  assert.deepEqual(
    { waId, chatId, direction, from: sender.phone },
    { waId: answer.key.id, chatId: group, direction: 'in', from: BEN },
  );
  await ben.delivered(answer);

  // The keys of the group are known now; the next texts go without them.
  await daemon.send('ana', group, 'thank you');
  await ben.heard('thank you');
  await ben.send(group, 'not at all');
  await daemon.heard('ana', 'not at all');

  await simulator.switchOn(EVA);
  await simulator.heard(EVA, 'who waters today?', 'I do', 'thank you', 'not at all');
}

scene('In a group that Baileys makes, both sides write and see receipts', (world) =>
  talk(world, (ben) => ben.createGroup('Garden', [ANA, EVA])),
);

scene("In a group that the session's phone makes, both sides write and see receipts", (world) =>
  talk(world, () => world.simulator.createGroup(ANA, 'Garden', [BEN, EVA])),
);

import assert from 'node:assert/strict';

import { scene } from './scene.mjs';

const ANA = '5511900000001';
const BEN = '5511900000002';

scene('Baileys gets what a session sent while it was away, once and in order', async ({ simulator, daemon, device }) => {
  await daemon.link('ana', ANA);
  await simulator.createPhone(BEN, 'Ben');
  const ben = device();
  await ben.linkByQr(BEN);
  await simulator.switchOff(BEN);
  await daemon.send('ana', BEN, 'before');
  await ben.heard('before');

  await ben.disconnect();
  await simulator.away(BEN);
  const missed = [];
  for (const text of ['one', 'two', 'three']) missed.push(await daemon.send('ana', BEN, text));
  await ben.reconnect();
  for (const message of missed) await daemon.reached(message, 'delivered');
  await ben.heard('three');

  // What it has confirmed does not come again with the next connection.
  await ben.disconnect();
  await simulator.away(BEN);
  await ben.reconnect();
  await daemon.send('ana', BEN, 'after');
  await ben.heard('after');
  assert.deepEqual(ben.texts(), ['before', 'one', 'two', 'three', 'after']);
});

scene('A daemon that is killed and started again talks on with Baileys', async ({ simulator, daemon, device }) => {
  await daemon.link('ana', ANA);
  await simulator.createPhone(BEN, 'Ben');
  const ben = device();
  await ben.linkByQr(BEN);
  await daemon.send('ana', BEN, 'before');
  await ben.heard('before');
  await ben.send(ANA, 'before, too');
  await daemon.heard('ana', 'before, too');

  await daemon.kill();
  await simulator.away(ANA);
  await ben.send(ANA, 'are you there?');
  await daemon.start();
  await daemon.connected('ana');
  await daemon.heard('ana', 'are you there?');
  await daemon.send('ana', BEN, 'I am back');
  await ben.heard('I am back');
  // Without Ana's handset, only the session is left to confirm anything in her name.
  await simulator.switchOff(ANA);
  const welcome = await ben.send(ANA, 'welcome');
  await daemon.heard('ana', 'welcome');
  await ben.delivered(welcome);
  const conversation = ['before', 'before, too', 'are you there?', 'I am back', 'welcome'];
  assert.deepEqual(await daemon.texts('ana'), conversation);
});

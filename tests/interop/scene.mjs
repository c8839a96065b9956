// A test with a simulator, a daemon and Baileys devices of its own. Whatever it started ends with it.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Companion } from './companion.mjs';
import { Daemon } from './daemon.mjs';
import { muted } from './quiet.mjs';
import { Simulator } from './simulator.mjs';

/** Milliseconds for a whole test. */
const TIMEOUT = 120_000;
/** Lines of each log in the report of a failure. */
const REPORTED = 40;
/** Characters of each of these lines. */
const WIDTH = 400;

/** Plays a scene with `{simulator, daemon, device()}`; at its end no stanza may have been unknown to the simulator. */
export function scene(name, play) {
  test(name, { timeout: TIMEOUT }, async (t) => {
    const ends = [];
    t.after(async () => {
      for (const end of ends.reverse()) await end();
    });
    const simulator = await Simulator.start();
    ends.push(() => simulator.end());
    const daemon = await Daemon.start(simulator);
    ends.push(() => daemon.end());
    const device = () => {
      const companion = new Companion(simulator);
      ends.push(() => companion.disconnect());
      return companion;
    };
    try {
      await play({ simulator, daemon, device });
      await simulator.assertAllKnown();
    } catch (error) {
      for (const log of [await simulator.trace(), simulator.log, daemon.log, muted]) {
        t.diagnostic(log.slice(-REPORTED).map((line) => line.slice(0, WIDTH)).join('\n'));
      }
      throw error;
    }
  });
}

/** Fails unless a session has a text exactly once, and gives the message. */
export async function once(daemon, sessionId, text) {
  const found = (await daemon.messages(sessionId)).filter((message) => message.text === text);
  assert.equal(found.length, 1, `${sessionId} has "${text}" ${found.length} times`);
  return found[0];
}

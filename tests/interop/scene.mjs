// A test with a simulator, a daemon and Baileys devices of its own. Whatever it started ends with it.

import test from 'node:test';

import { Companion } from './companion.mjs';
import { Daemon } from './daemon.mjs';
import { muted } from './quiet.mjs';
import { Simulator } from './simulator.mjs';

/** Milliseconds for a whole test. */
const TIMEOUT = 120_000;
/** Lines of each log in the report of a failure, and characters of a line. */
const REPORTED = { lines: 40, width: 400 };

/** Plays a scene with `{simulator, daemon, device}`; at its end no stanza may have been unknown to the simulator. */
export function scene(name, play) {
  test(name, { timeout: TIMEOUT }, async (t) => {
    const ends = [];
    t.after(async () => {
      for (const end of ends.reverse()) await end();
    });
    const simulator = new Simulator();
    ends.push(() => simulator.end());
    await simulator.start();
    const daemon = new Daemon(simulator);
    ends.push(() => daemon.end());
    await daemon.start();
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
        for (const line of log.slice(-REPORTED.lines)) t.diagnostic(line.slice(0, REPORTED.width));
      }
      throw error;
    }
  });
}

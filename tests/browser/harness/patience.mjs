// Waiting for a condition that has to be asked for, with a deadline that says what was missing.
import { setTimeout } from 'node:timers/promises';

/** Milliseconds; longer than anything here takes on a busy machine, so that reaching it is a failure. */
export const PATIENCE = 15_000;
const LOOK = 25;

/**
 * Looks again and again until `look` gives something true, and gives that.
 * @template T @param {string} what @param {() => T | Promise<T>} look @returns {Promise<NonNullable<T>>}
 */
export async function until(what, look) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${PATIENCE} ms`);
    await setTimeout(LOOK);
  }
}

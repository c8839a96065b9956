// Waiting: for a condition that has to be asked for, and for an event. Both end with a deadline that says what was missing.

import { setInterval } from 'node:timers/promises';

/** Milliseconds; longer than anything here takes on a busy machine, so that reaching it is a failure. */
export const PATIENCE = 20_000;
/** Milliseconds between two looks at a condition. */
const LOOK = 20;

/** Looks again and again until `look` gives something true, and gives that. */
export async function until(what, look) {
  const deadline = Date.now() + PATIENCE;
  for await (const _ of setInterval(LOOK)) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${PATIENCE} ms`);
  }
}

/** What happened so far, to be asked for also after it happened. */
export class Record {
  /** Oldest first. */
  entries = [];
  #waiting = new Set();

  add(entry) {
    this.entries.push(entry);
    for (const look of this.#waiting) look(entry);
  }

  /** The first entry that fits, now or later. */
  first(what, fits) {
    const found = this.entries.find(fits);
    return found ? Promise.resolve(found) : this.#later(what, fits);
  }

  /** The next entry that fits, of those to come. */
  next(what, fits) {
    return this.#later(what, fits);
  }

  #later(what, fits) {
    return new Promise((resolve, reject) => {
      const done = (settle, value) => {
        clearTimeout(deadline);
        this.#waiting.delete(look);
        settle(value);
      };
      const look = (entry) => fits(entry) && done(resolve, entry);
      const deadline = setTimeout(
        () => done(reject, new Error(`${what}: not within ${PATIENCE} ms`)),
        PATIENCE,
      );
      this.#waiting.add(look);
    });
  }
}

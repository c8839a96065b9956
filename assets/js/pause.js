// A pause that can be cut short. Pure, but for the timers that are handed in.

/** @typedef {Pick<typeof globalThis, 'setTimeout'|'clearTimeout'>} Timers */

/** @param {Timers} [timers] */
export function createPause(timers = globalThis) {
  let wake = () => {};
  return {
    /** Until so many milliseconds have passed, or until `wake()` alone. @param {number} [ms] */
    sleep: (ms) =>
      new Promise((/** @type {(value?: unknown) => void} */ done) => {
        const timer = ms === undefined ? undefined : timers.setTimeout(done, ms);
        wake = () => {
          timers.clearTimeout(timer);
          done();
        };
      }),
    wake: () => wake(),
  };
}

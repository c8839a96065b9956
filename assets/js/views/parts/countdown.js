// How long something is still good, as minutes and seconds that move by themselves.
import { AsyncDirective, directive, html } from '../../lit.js';

/** @param {number} ms */
const shown = (ms) => {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

class Countdown extends AsyncDirective {
  until = 0;
  timer = /** @type {ReturnType<typeof setInterval>|undefined} */ (undefined);

  /** @param {string} until @override */
  render(until) {
    this.until = Date.parse(until);
    this.timer ??= setInterval(() => this.setValue(this.left()), 1000);
    return this.left();
  }

  left() {
    return shown(this.until - Date.now());
  }

  /** @override */
  disconnected() {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** @override */
  reconnected() {
    this.timer = setInterval(() => this.setValue(this.left()), 1000);
  }
}
const moving = directive(Countdown);

/** @param {string} until RFC 3339 */
export const countdown = (until) => html`<span class="tabular-nums" role="timer">${moving(until)}</span>`;

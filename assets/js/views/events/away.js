// Whether the top of a list is out of sight, so that nothing is moved under the eyes of who reads further down.
import { AsyncDirective, directive, nothing } from '../../lit.js';

class Away extends AsyncDirective {
  /** @type {IntersectionObserver|null} */
  observer = null;
  /** @type {Element|null} */
  element = null;
  onChange = (/** @type {boolean} */ _away) => {};

  /** @param {(away: boolean) => void} _onChange */
  render(_onChange) {
    return nothing;
  }

  /** @param {any} part @param {[(away: boolean) => void]} values @override */
  update(part, [onChange]) {
    this.onChange = onChange;
    if (this.element !== part.element) {
      this.element = part.element;
      this.reconnected();
    }
    return nothing;
  }

  /** @override */
  disconnected() {
    this.observer?.disconnect();
  }

  /** @override */
  reconnected() {
    this.observer?.disconnect();
    this.observer = new IntersectionObserver((entries) => {
      this.onChange(!entries[entries.length - 1].isIntersecting);
    });
    if (this.element) this.observer.observe(this.element);
  }
}

export const away = directive(Away);

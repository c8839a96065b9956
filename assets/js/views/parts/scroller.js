// Keeps a list of messages in place: at its end while the reader is there, and where the reader is when older ones come above.
import { AsyncDirective, directive, nothing } from '../../lit.js';

/**
 * @typedef {object} ScrollerOptions
 * @property {string} place which list it is: another one begins at its end
 * @property {number} jump when it grows, the end is shown
 * @property {string} target the `data-id` of what is to be shown, once
 * @property {() => void} onTop the reader comes near the beginning
 * @property {(away: boolean) => void} onPlace the reader leaves the end or comes back to it
 */

const NEAR_END = 48;
const NEAR_TOP = 600;

class Scroller extends AsyncDirective {
  /** @type {HTMLElement|null} */
  element = null;
  /** @type {ScrollerOptions|null} */
  options = null;
  /** @type {ScrollerOptions|null} */
  shown = null;
  atEnd = true;
  /** @type {ResizeObserver|null} */
  observer = null;

  /** @param {ScrollerOptions} _options */
  render(_options) {
    return nothing;
  }

  /** Called before the list itself is drawn: what is measured here is how it was. @param {any} part @param {[ScrollerOptions]} options @override */
  update(part, [options]) {
    if (!this.element) {
      this.element = /** @type {HTMLElement} */ (part.element);
      this.listen();
    }
    this.options = options;
    const anchor = this.anchor();
    queueMicrotask(() => this.settle(anchor));
    return nothing;
  }

  listen() {
    this.element?.addEventListener('scroll', this.scrolled, { passive: true });
    this.observer = new ResizeObserver(() => this.atEnd && this.toEnd());
    if (this.element) this.observer.observe(this.element);
  }

  /** @override */
  disconnected() {
    this.observer?.disconnect();
    this.element?.removeEventListener('scroll', this.scrolled);
  }

  /** @override */
  reconnected() {
    this.listen();
  }

  /** The first entry in sight, and where it is. */
  anchor() {
    const { element } = this;
    if (!element || this.atEnd) return null;
    const top = element.getBoundingClientRect().top;
    for (const entry of element.querySelectorAll('[data-id]')) {
      const place = entry.getBoundingClientRect();
      if (place.bottom > top) return { entry, top: place.top };
    }
    return null;
  }

  toEnd() {
    if (this.element) this.element.scrollTop = this.element.scrollHeight;
  }

  /** @param {{entry: Element, top: number}|null} anchor */
  settle(anchor) {
    const { element, options, shown } = this;
    if (!element?.isConnected || !options) return;
    const target = options.target && options.target !== shown?.target && this.find(options.target);
    this.shown = options;
    if (target) {
      target.scrollIntoView({ block: 'center' });
      target.querySelector('a')?.focus({ preventScroll: true });
    } else if (options.place !== shown?.place || options.jump !== shown?.jump || this.atEnd) {
      this.toEnd();
    } else if (anchor?.entry.isConnected) {
      element.scrollTop += anchor.entry.getBoundingClientRect().top - anchor.top;
    }
    this.scrolled();
  }

  /** @param {string} id */
  find(id) {
    return [...(this.element?.querySelectorAll('[data-id]') ?? [])].find(
      (entry) => entry.getAttribute('data-id') === id,
    );
  }

  scrolled = () => {
    const { element, options } = this;
    if (!element || !options || !element.clientHeight) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    if (atEnd !== this.atEnd) {
      this.atEnd = atEnd;
      options.onPlace(!atEnd);
    }
    if (element.scrollTop < NEAR_TOP) options.onTop();
  };
}

export const scroller = directive(Scroller);

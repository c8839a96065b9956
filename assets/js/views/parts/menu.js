// A menu that opens at a button: over everything, with the keys that people expect. On a phone it comes from below.
import { AsyncDirective, directive, html, nothing, repeat } from '../../lit.js';
import { icon } from './icon.js';

/** Where it was asked for, on the screen. @typedef {{top: number, bottom: number, right: number}} Place */

/** The place of the control that an event is of. @param {Event} event @returns {Place} */
export function placeOf(event) {
  const { top, bottom, right } = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
  return { top, bottom, right };
}

const GAP = 4;

class Opened extends AsyncDirective {
  /** @type {any} */
  element = null;
  onClose = () => {};

  /** @param {Place} _place @param {() => void} _onClose */
  render(_place, _onClose) {
    return nothing;
  }

  /** @param {any} part @param {[Place, () => void]} options @override */
  update(part, [place, onClose]) {
    this.onClose = onClose;
    if (this.element) return nothing;
    this.element = part.element;
    queueMicrotask(() => {
      const { element } = this;
      if (!this.isConnected || !element.isConnected) return;
      element.showPopover();
      const view = element.ownerDocument.documentElement;
      const { offsetHeight: height } = element;
      const below = place.bottom + GAP;
      const top = below + height > view.clientHeight ? Math.max(GAP, place.top - GAP - height) : below;
      element.style.setProperty('--menu-top', `${top}px`);
      element.style.setProperty('--menu-right', `${Math.max(GAP, view.clientWidth - place.right)}px`);
      element.querySelector('button')?.focus({ preventScroll: true });
      this.listen(true);
    });
    return nothing;
  }

  /** It stands where it was opened, so it does not outlive that place. @param {boolean} on */
  listen(on) {
    const view = this.element?.ownerDocument.defaultView;
    view?.[on ? 'addEventListener' : 'removeEventListener']('scroll', this.leave, { passive: true });
  }

  leave = () => this.onClose();

  /** @override */
  disconnected() {
    this.listen(false);
    // While it is still in the document, so that focus goes back to where it came from.
    if (this.element?.matches(':popover-open')) this.element.hidePopover();
  }
}
const opened = directive(Opened);

/** @param {KeyboardEvent} event @param {() => void} onClose */
function move(event, onClose) {
  const items = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll('button')];
  const at = items.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === 'Tab') onClose();
  if (to === undefined) return;
  event.preventDefault();
  items[(to + items.length) % items.length].focus();
}

/**
 * Shown as long as it is rendered. `onClose` has to end that.
 * @param {{label: string, place: Place, items: {label: string, icon: string, danger?: boolean, run: () => void}[], onClose: () => void}} options
 */
export const menu = ({ label, place, items, onClose }) => html`<div
  ${opened(place, onClose)}
  class="menu"
  popover="auto"
  role="menu"
  aria-label=${label}
  @keydown=${(/** @type {KeyboardEvent} */ event) => move(event, onClose)}
  @toggle=${(/** @type {any} */ event) => event.newState === 'closed' && onClose()}
>
  <p class="menu-title" role="none">${label}</p>
  ${repeat(
    items,
    (item) => item.label,
    (item) =>
      html`<button type="button" role="menuitem" tabindex="-1" class="menu-item ${item.danger ? 'menu-danger' : ''}" @click=${item.run}>${icon(item.icon)}<span>${item.label}</span></button>`,
  )}</div>`;

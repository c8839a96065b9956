// A native dialog: focus goes in and comes back by itself, Escape closes it.
import { t } from '../../i18n.js';
import { AsyncDirective, directive, html, nothing } from '../../lit.js';
import { button } from './button.js';

/** Where the focus goes: what is to be filled in, or else the harmless answer. */
const FIRST = [
  '[autofocus]',
  '.dialog-body :is(input, select, textarea):not([type="hidden"])',
  '.dialog-foot button',
  '.dialog-body :is(a, button)',
];

class Modal extends AsyncDirective {
  /** @type {HTMLDialogElement|null} */
  element = null;

  /** @override */
  render() {
    return nothing;
  }

  /** @param {any} part @override */
  update(part) {
    this.element = part.element;
    // It is in the document only after this rendering.
    queueMicrotask(() => {
      const { element } = this;
      if (!this.isConnected || !element?.isConnected || element.open) return;
      element.showModal();
      for (const place of FIRST) {
        const first = /** @type {HTMLElement|null} */ (element.querySelector(place));
        if (first) return first.focus();
      }
    });
    return nothing;
  }

  /** Closed while it still is in the document, so that focus goes back to where it came from. @override */
  disconnected() {
    this.element?.close();
  }
}
const modal = directive(Modal);

/**
 * Shown as long as it is rendered. `onClose` has to end that.
 * @param {{id: string, title: string, text?: unknown, body?: unknown, footer?: unknown, wide?: boolean, onClose: () => void, onSubmit?: (form: FormData, event: SubmitEvent) => void}} options
 */
export function dialog({ id, title, text, body, footer, wide, onClose, onSubmit }) {
  const parts = html`<div class="dialog-head">
      <h2 id="${id}-title" class="dialog-title">${title}</h2>
      ${button({ label: t('common.close'), icon: 'x', kind: 'quiet', iconOnly: true, small: true, onClick: onClose })}
    </div>
    <div class="dialog-body">${text ? html`<p class="text-muted">${text}</p>` : nothing}${body}</div>
    ${footer ? html`<footer class="dialog-foot">${footer}</footer>` : nothing}`;
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    onSubmit?.(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)), event);
  };
  return html`<dialog
    ${modal()}
    id=${id}
    class="dialog ${wide ? 'dialog-wide' : ''}"
    aria-labelledby="${id}-title"
    @cancel=${(/** @type {Event} */ event) => {
      event.preventDefault();
      onClose();
    }}
    @pointerdown=${(/** @type {PointerEvent} */ event) => event.target === event.currentTarget && onClose()}
  >${onSubmit ? html`<form class="dialog-form" novalidate @submit=${submit}>${parts}</form>` : html`<div class="dialog-form">${parts}</div>`}</dialog>`;
}

// A table that draws only the rows in sight, so that 2,000 are as quick as 20. The page scrolls, not the table.
import { AsyncDirective, directive, html, nothing, render, repeat } from '../../lit.js';
import { assignSlots, followRows, nextRows, visibleRange } from '../../rows.js';
import { css } from './css.js';

/**
 * @template T
 * @typedef {object} TableOptions
 * @property {string} label read out as the table's name
 * @property {string} layout the columns as a class, as in `grid-cols-[1fr_auto] md:grid-cols-[2fr_1fr_auto]`
 * @property {{label: string, classes?: string, hideLabel?: boolean, cell: (row: T) => unknown}[]} columns the first one holds the row's link
 * @property {T[]} rows
 * @property {(row: T) => string} key what tells a row from the others
 * @property {(row: T) => string} [href] where a row leads
 * @property {(row: T) => void} [onOpen] what a row does, when it leads nowhere
 * @property {number} [rowHeight] in pixels, the same for all
 */

class VirtualRows extends AsyncDirective {
  /** @type {HTMLElement|null} */
  element = null;
  /** @type {TableOptions<any>|null} */
  options = null;
  active = 0;
  waiting = false;
  /** Which drawn row shows which entry: what leaves the window is used again for what comes in. @type {Map<number, number>} */
  slots = new Map();

  /** @param {TableOptions<any>} _options */
  render(_options) {
    return nothing;
  }

  /** @param {any} part @param {[TableOptions<any>]} options @override */
  update(part, [options]) {
    const before = this.options;
    this.options = options;
    if (!this.element) {
      this.element = part.element;
      this.listen(true);
      queueMicrotask(() => this.draw());
    }
    if (before && before.rows !== options.rows) this.follow(before.rows, options);
    else this.draw();
    return nothing;
  }

  /** Draws other rows: those that stay keep their elements. @param {any[]} before @param {TableOptions<any>} options */
  follow(before, { rows, key }) {
    const { element } = this;
    const hasFocus = () => Boolean(element?.contains(element.ownerDocument.activeElement));
    const had = hasFocus();
    Object.assign(this, followRows(this, before, rows, key));
    this.draw();
    // The row that had the focus is gone: the one in its place has it now.
    if (had && !hasFocus()) this.linkOf(this.active)?.focus({ preventScroll: true });
  }

  /** @param {number} index @returns {HTMLElement|null|undefined} */
  linkOf = (index) => this.element?.querySelector(`[data-row="${index}"] .list-link`);

  /** @override */
  disconnected() {
    this.listen(false);
  }

  /** @override */
  reconnected() {
    this.listen(true);
  }

  /** @param {boolean} on */
  listen(on) {
    const view = this.element?.ownerDocument.defaultView;
    const verb = on ? 'addEventListener' : 'removeEventListener';
    view?.[verb]('scroll', this.later, /** @type {any} */ ({ passive: true }));
    view?.[verb]('resize', this.later);
    this.element?.[verb]('keydown', /** @type {any} */ (this.keydown));
    this.element?.[verb]('focusin', /** @type {any} */ (this.focusin));
  }

  later = () => {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (this.isConnected) this.draw();
    });
  };

  /** @param {FocusEvent} event */
  focusin = (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest('[data-row]');
    if (row) this.active = Number(row.getAttribute('data-row'));
  };

  /** @param {KeyboardEvent} event */
  keydown = (event) => {
    const count = this.options?.rows.length ?? 0;
    const to = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + 10,
      PageUp: this.active - 10,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (
      to === undefined ||
      !count ||
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      !(/** @type {HTMLElement} */ (event.target).matches('.list-link'))
    )
      return;
    event.preventDefault();
    this.active = Math.max(0, Math.min(count - 1, to));
    this.draw();
    const link = this.linkOf(this.active);
    link?.focus({ preventScroll: true });
    link?.closest('[data-row]')?.scrollIntoView({ block: 'nearest' });
  };

  draw() {
    const { element, options } = this;
    if (!element || !options) return;
    const { rows, rowHeight = 56 } = options;
    const viewport = element.ownerDocument.documentElement.clientHeight;
    const top = element.isConnected ? element.getBoundingClientRect().top : 0;
    const { first, last } = visibleRange({ top, viewport, rowHeight, count: rows.length });
    this.active = Math.max(0, Math.min(this.active, rows.length - 1));
    const wanted = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
    const inside = this.active >= first && this.active < last;
    // The row that has the focus stays, wherever the page is scrolled to.
    if (!inside && element.contains(element.ownerDocument.activeElement)) wanted.push(this.active);
    const shown = [...this.slots.keys()].filter((index) => index >= 0);
    const { indices, more } = nextRows(shown, wanted, { count: rows.length, active: this.active });
    if (more) this.later();
    const stop = inside ? this.active : Math.max(first, Math.min(last - 1, Math.ceil(-top / rowHeight)));
    element.style.setProperty('height', `${rows.length * rowHeight}px`);
    const slots = assignSlots(this.slots, indices);
    this.slots = slots;
    render(
      repeat(
        indices,
        (index) => slots.get(index),
        (index) => rowOf(options, index, index === stop),
      ),
      element,
    );
  }
}
const virtualRows = directive(VirtualRows);

/** @param {TableOptions<any>} options @param {number} index @param {boolean} stop whether Tab stops here */
function rowOf({ columns, rows, rowHeight = 56, layout, href, onOpen }, index, stop) {
  const row = rows[index];
  const tabindex = stop ? 0 : -1;
  const lead = (/** @type {unknown} */ body) => {
    if (href) return html`<a class="list-link" href=${href(row)} tabindex=${tabindex}>${body}</a>`;
    if (onOpen)
      return html`<button type="button" class="list-link" tabindex=${tabindex} @click=${() => onOpen(row)}>${body}</button>`;
    return body;
  };
  return html`<div class="list-row ${layout}" role="row" aria-rowindex=${index + 2} data-row=${index} ${css({ top: `${index * rowHeight}px`, height: `${rowHeight}px` })}>
    ${columns.map((column, at) => html`<div class="list-cell ${column.classes ?? ''}" role="cell">${at ? column.cell(row) : lead(column.cell(row))}</div>`)}
  </div>`;
}

/** @template T @param {TableOptions<T>} options */
export const table = (
  options,
) => html`<div class="list" role="table" aria-label=${options.label} aria-rowcount=${options.rows.length + 1}>
  <div role="rowgroup" class="list-head-group"><div class="list-head ${options.layout}" role="row" aria-rowindex="1">
    ${options.columns.map((column) => html`<div class="list-label ${column.classes ?? ''}" role="columnheader"><span class=${column.hideLabel ? 'sr-only' : ''}>${column.label}</span></div>`)}
  </div></div>
  <div class="list-rows" role="rowgroup" ${virtualRows(/** @type {TableOptions<any>} */ (options))}></div>
</div>`;

// An icon of the sprite, which sprite.js puts into the page. It says nothing to screen readers: what it means stands beside it or in the control's label.
import { html } from '../../lit.js';

/** @param {string} name @param {string} [classes] */
export const icon = (name, classes = '') =>
  html`<svg class="icon ${classes}" aria-hidden="true" focusable="false"><use href="#icon-${name}"></use></svg>`;

/** The sign of the product. */
export const mark = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
  <rect width="32" height="32" rx="9"></rect>
  <path d="M6.5 10.5l4.6 11.2L16 11.8l4.9 9.9 4.6-11.2"></path>
  <circle cx="16" cy="11.4" r="2.6"></circle>
</svg>`;

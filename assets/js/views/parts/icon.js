// An icon of the sprite. It says nothing to screen readers: what it means stands beside it or in the control's label.
import { html } from '../../lit.js';

/** @param {string} name @param {string} [classes] */
export const icon = (name, classes = '') =>
  html`<svg class="icon ${classes}" aria-hidden="true" focusable="false"><use href="/assets/icons.svg#${name}"></use></svg>`;

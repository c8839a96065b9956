// What is shown where there is nothing yet: why, and what to do first.
import { html, nothing } from '../../lit.js';
import { icon } from './icon.js';

/** @param {{icon: string, title: string, text?: unknown, action?: unknown}} options */
export const empty = (options) => html`<div class="empty">
  <div class="empty-icon">${icon(options.icon)}</div>
  <h2 class="empty-title">${options.title}</h2>
  ${options.text ? html`<p class="empty-text">${options.text}</p>` : nothing}
  ${options.action ? html`<div class="mt-5">${options.action}</div>` : nothing}
</div>`;

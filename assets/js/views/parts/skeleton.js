// Grey places for what is on its way.
import { t } from '../../i18n.js';
import { html } from '../../lit.js';

const WIDTHS = ['w-3/5', 'w-2/5', 'w-1/2', 'w-1/3'];

/** Rows of a list. @param {number} [rows] */
export const skeletonRows = (rows = 6) => html`<div class="card" role="status">
  <span class="sr-only">${t('common.loading')}</span>
  ${Array.from(
    { length: rows },
    (_, index) => html`<div class="skeleton-row">
    <div class="skeleton size-8 shrink-0 rounded-full"></div>
    <div class="flex-1 space-y-2"><div class="skeleton h-3 ${WIDTHS[index % 4]}"></div><div class="skeleton h-2.5 ${WIDTHS[(index + 1) % 4]}"></div></div>
    <div class="skeleton h-5 w-20 shrink-0"></div>
  </div>`,
  )}
</div>`;

/** A place of any size. @param {string} classes */
export const skeleton = (classes) => html`<div class="skeleton ${classes}" aria-hidden="true"></div>`;

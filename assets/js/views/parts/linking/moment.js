// A moment of linking that fills the place: what happened, what comes next, and what there is to press.
import { html, nothing } from '../../../lit.js';
import { icon } from '../icon.js';

/** @param {{icon: string, tone: string, title: string, text: unknown, action?: unknown, spin?: boolean}} options */
export const moment = (options) => html`<div class="moment">
  <div class="moment-icon bg-${options.tone}-soft text-${options.tone}">${icon(options.icon, options.spin ? 'spin' : '')}</div>
  <div role="status" class="space-y-1"><p class="text-base font-semibold">${options.title}</p><p class="text-muted wrap-anywhere">${options.text}</p></div>
  ${options.action ?? nothing}
</div>`;

// On or off, at once.
import { html, nothing } from '../../lit.js';

/** @param {{id: string, label: string, hint?: string, on: boolean, busy?: boolean, onChange: (on: boolean) => void}} options */
export const toggle = ({ id, label, hint, on, busy, onChange }) => html`<div class="switch-row">
  <div class="min-w-0"><span class="font-medium" id="${id}-label">${label}</span>${hint ? html`<p class="text-muted" id="${id}-hint">${hint}</p>` : nothing}</div>
  <button type="button" role="switch" class="switch" id=${id} aria-checked=${on ? 'true' : 'false'} aria-labelledby="${id}-label"
    aria-describedby=${hint ? `${id}-hint` : nothing} ?disabled=${busy} @click=${() => onChange(!on)}><span></span></button>
</div>`;

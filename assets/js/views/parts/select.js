// A choice from a list: the browser's own control, which works everywhere.
import { html, ifDefined, nothing } from '../../lit.js';
import { icon } from './icon.js';

/** @param {{id: string, name?: string, value: string, options: {value: string, label: string}[], label?: string, hint?: unknown, error?: string|null, onChange?: (value: string) => void}} options */
export const select = ({ id, name = id, value, options, label, error, hint, onChange }) => html`<div class="select">
  <select class="input" id=${id} name=${name} aria-label=${ifDefined(label)} aria-invalid=${error ? 'true' : nothing}
    aria-describedby=${error ? `${id}-error` : hint ? `${id}-hint` : nothing}
    @change=${(/** @type {any} */ event) => onChange?.(event.target.value)}>
    ${options.map((option) => html`<option value=${option.value} ?selected=${option.value === value} .selected=${option.value === value}>${option.label}</option>`)}
  </select>
  ${icon('chevron-down')}
</div>`;

// One of a few, side by side.
import { html, live, nothing } from '../../lit.js';
import { icon } from './icon.js';

/** @param {{name: string, label: string, value: string, options: {value: string, label: string, icon?: string}[], onChange: (value: any) => void}} options */
export const segmented = ({ name, label, value, options, onChange }) => html`<fieldset class="segmented">
  <legend class="sr-only">${label}</legend>
  ${options.map(
    (option) => html`<label class="segment">
      <input class="sr-only" type="radio" name=${name} value=${option.value} .checked=${live(option.value === value)} @change=${() => onChange(option.value)} />
      ${option.icon ? icon(option.icon) : nothing}<span>${option.label}</span>
    </label>`,
  )}
</fieldset>`;

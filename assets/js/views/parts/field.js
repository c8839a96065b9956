// A control of a form with its label, a hint and what is wrong with it.
import { html, ifDefined, nothing } from '../../lit.js';
import { icon } from './icon.js';

/** @param {{id: string, label: string, hint?: unknown, error?: string|null, control: unknown, optional?: string, hideLabel?: boolean}} options */
export const field = ({ id, label, hint, error, control, optional, hideLabel }) => html`<div class="field">
  <label class=${hideLabel ? 'sr-only' : 'label'} for=${id}>${label}${optional ? html` <span class="label-note">${optional}</span>` : nothing}</label>
  ${control}
  ${error ? html`<p class="field-error" id="${id}-error" role="alert">${icon('circle-alert')}<span>${error}</span></p>` : nothing}
  ${hint && !error ? html`<p class="field-hint" id="${id}-hint">${hint}</p>` : nothing}
</div>`;

/** Which text explains a control. @param {{id: string, error?: string|null, hint?: unknown}} options */
const describedBy = ({ id, error, hint }) => (error ? `${id}-error` : hint ? `${id}-hint` : undefined);

/** A name for password managers, which file a key under one. */
export const accountName = html`<input class="hidden" type="text" name="username" value="wamux" autocomplete="username" readonly />`;

/**
 * @typedef {object} InputOptions
 * @property {string} id
 * @property {string} [name]
 * @property {string} [type]
 * @property {string} [value]
 * @property {string} [placeholder]
 * @property {any} [autocomplete]
 * @property {any} [inputmode]
 * @property {string} [pattern]
 * @property {number} [maxlength]
 * @property {number} [rows]
 * @property {boolean} [required]
 * @property {boolean} [readonly]
 * @property {string} [list] the id of a datalist with suggestions
 * @property {boolean} [mono]
 * @property {string|null} [error]
 * @property {unknown} [hint]
 * @property {(value: string, event: Event) => void} [onInput]
 */

/** @param {InputOptions} options */
export const input = (options) => html`<input
  class="input ${options.mono ? 'font-mono' : ''}"
  id=${options.id}
  name=${options.name ?? options.id}
  type=${options.type ?? 'text'}
  .value=${options.value ?? ''}
  placeholder=${ifDefined(options.placeholder)}
  autocomplete=${options.autocomplete ?? 'off'}
  inputmode=${ifDefined(options.inputmode)}
  pattern=${ifDefined(options.pattern)}
  maxlength=${ifDefined(options.maxlength)}
  list=${ifDefined(options.list)}
  ?readonly=${options.readonly ?? false}
  autocapitalize="off"
  spellcheck="false"
  ?required=${options.required ?? false}
  aria-invalid=${options.error ? 'true' : nothing}
  aria-describedby=${ifDefined(describedBy(options))}
  @input=${(/** @type {any} */ event) => options.onInput?.(event.target.value, event)}
/>`;

/** @param {InputOptions} options */
export const textarea = (options) => html`<textarea
  class="input ${options.mono ? 'font-mono' : ''}"
  id=${options.id}
  name=${options.name ?? options.id}
  rows=${options.rows ?? 4}
  .value=${options.value ?? ''}
  placeholder=${ifDefined(options.placeholder)}
  maxlength=${ifDefined(options.maxlength)}
  ?required=${options.required ?? false}
  aria-invalid=${options.error ? 'true' : nothing}
  aria-describedby=${ifDefined(describedBy(options))}
  @input=${(/** @type {any} */ event) => options.onInput?.(event.target.value, event)}
></textarea>`;

/** A search box. @param {{id: string, label: string, value: string, onInput: (value: string) => void}} options */
export const search = ({ id, label, value, onInput }) => html`<div class="search">
  ${icon('search')}
  <input class="input" id=${id} type="search" aria-label=${label} placeholder=${label} .value=${value} autocomplete="off" spellcheck="false"
    @input=${(/** @type {any} */ event) => onInput(event.target.value)} />
</div>`;

/** @param {{id: string, name?: string, label: string, hint?: string, checked?: boolean, onChange?: (checked: boolean) => void}} options */
export const checkbox = ({
  id,
  name = id,
  label,
  hint,
  checked = false,
  onChange,
}) => html`<label class="check" for=${id}>
  <input type="checkbox" id=${id} name=${name} .checked=${checked} @change=${(/** @type {any} */ event) => onChange?.(event.target.checked)} />
  <span>${label}${hint ? html`<span class="block text-muted">${hint}</span>` : nothing}</span>
</label>`;

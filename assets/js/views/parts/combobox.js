// A text field with choices under it, by mouse and by keyboard. What is open and which choice is meant lives in the state.
import { html, ifDefined, live, nothing, repeat } from '../../lit.js';
import { icon } from './icon.js';

/** @typedef {{value: string, label: unknown, detail?: unknown, side?: unknown}} Choice */

/**
 * @typedef {object} ComboOptions
 * @property {string} id
 * @property {string} value what stands in the field
 * @property {Choice[]} choices
 * @property {string} label the name of the list of choices
 * @property {string} [note] what stands under the choices
 * @property {boolean} open
 * @property {number} active the choice that Enter takes; -1 for none
 * @property {string} [placeholder]
 * @property {any} [inputmode]
 * @property {string|null} [error]
 * @property {unknown} [hint]
 * @property {boolean} [icon] shows that there is something to choose from
 * @property {(text: string) => void} onInput
 * @property {(active: number|null) => void} onMove opens with a choice meant, or closes with nothing
 * @property {(value: string) => void} onChoose
 */

/** @param {ComboOptions} options @param {KeyboardEvent} event */
function keydown({ open, active, choices, onMove, onChoose }, event) {
  const last = choices.length - 1;
  if (event.isComposing || event.ctrlKey || event.metaKey) return;
  if (event.key === 'Escape' && open) {
    event.preventDefault();
    event.stopPropagation();
    return onMove(null);
  }
  if (event.key === 'Enter' && open && active >= 0 && choices[active]) {
    event.preventDefault();
    return onChoose(choices[active].value);
  }
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  event.preventDefault();
  const step = event.key === 'ArrowDown' ? 1 : -1;
  const to = !open ? Math.max(active, 0) : active + step > last ? 0 : active + step < 0 ? last : active + step;
  onMove(to);
  const list = /** @type {HTMLElement} */ (event.currentTarget).closest('.combo')?.querySelector('[role="listbox"]');
  list?.children[to]?.scrollIntoView({ block: 'nearest' });
}

/** @param {ComboOptions} options */
const listbox = ({ id, label, choices, active, note, onChoose }) => html`<div class="combo-list">
  <ul role="listbox" id="${id}-list" aria-label=${label}>
    ${repeat(
      choices,
      ({ value }) => value,
      (
        choice,
        index,
      ) => html`<li role="option" id="${id}-option-${index}" class="combo-choice" aria-selected=${index === active ? 'true' : 'false'} @click=${() => onChoose(choice.value)}>
        <span class="min-w-0 flex-1"><span class="block truncate">${choice.label}</span>${choice.detail ? html`<span class="block truncate text-xs text-muted">${choice.detail}</span>` : nothing}</span>
        ${choice.side ?? nothing}
      </li>`,
    )}
  </ul>
  ${note ? html`<p class="combo-note">${note}</p>` : nothing}
</div>`;

/** @param {ComboOptions} options */
export function combobox(options) {
  const { id, value, choices, open, active, error, hint, onInput, onMove } = options;
  const shown = open && (choices.length > 0 || Boolean(options.note));
  const left = (/** @type {FocusEvent} */ event) => {
    const inside = /** @type {HTMLElement} */ (event.currentTarget).contains(
      /** @type {Node|null} */ (event.relatedTarget),
    );
    if (!inside && open) onMove(null);
  };
  // A press on a choice must not take the focus out of the field.
  const hold = (/** @type {Event} */ event) =>
    !(/** @type {HTMLElement} */ (event.target).matches('input')) && event.preventDefault();
  return html`<div class="combo" @focusout=${left} @pointerdown=${hold} @mousedown=${hold}>
    <input class="input" id=${id} type="text" role="combobox" aria-autocomplete="list" aria-expanded=${shown ? 'true' : 'false'}
      aria-controls=${shown ? `${id}-list` : nothing} aria-activedescendant=${shown && active >= 0 && choices[active] ? `${id}-option-${active}` : nothing}
      .value=${live(value)} placeholder=${ifDefined(options.placeholder)} inputmode=${ifDefined(options.inputmode)} autocomplete="off" autocapitalize="off" spellcheck="false"
      aria-invalid=${error ? 'true' : nothing} aria-describedby=${error ? `${id}-error` : hint ? `${id}-hint` : nothing}
      @input=${(/** @type {any} */ event) => onInput(event.target.value)}
      @click=${() => onMove(Math.max(active, -1))}
      @keydown=${(/** @type {KeyboardEvent} */ event) => keydown(options, event)} />
    ${options.icon ? icon('chevron-down', 'combo-icon') : nothing}
    ${shown ? listbox(options) : nothing}
  </div>`;
}

// Tabs, with the arrow keys as people expect of them.
import { number } from '../../format.js';
import { html, nothing } from '../../lit.js';

/** @param {KeyboardEvent} event */
function move(event) {
  const steps = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 });
  const tabs = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll('button')];
  const at = tabs.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  const to = event.key === 'Home' ? 0 : event.key === 'End' ? tabs.length - 1 : at + (steps[event.key] ?? Number.NaN);
  if (Number.isNaN(to)) return;
  event.preventDefault();
  const tab = tabs[(to + tabs.length) % tabs.length];
  tab.focus();
  tab.click();
}

/** @param {{id: string, label: string, value: string, options: {value: string, label: string, count?: number}[], onChange: (value: any) => void}} options */
export const tabs = ({
  id,
  label,
  value,
  options,
  onChange,
}) => html`<div class="tabs" role="tablist" aria-label=${label} @keydown=${move}>
  ${options.map(
    (option) => html`<button type="button" role="tab" class="tab" id="${id}-${option.value}" aria-controls="${id}-panel"
      aria-selected=${option.value === value ? 'true' : 'false'} tabindex=${option.value === value ? 0 : -1} @click=${() => onChange(option.value)}>
      ${option.label}${option.count === undefined ? nothing : html`<span class="tab-count">${number(option.count)}</span>`}
    </button>`,
  )}
</div>`;

/** What the chosen tab shows. @param {string} id @param {string} value @param {unknown} body */
export const tabPanel = (id, value, body) =>
  html`<div role="tabpanel" id="${id}-panel" aria-labelledby="${id}-${value}" tabindex="0" class="tab-panel">${body}</div>`;

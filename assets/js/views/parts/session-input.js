// The choice of a session by typing a part of its name: with thousands of them, a list to scroll is of no use.
import { matcher } from '../../find.js';
import { html, nothing } from '../../lit.js';

const SHOWN = 20;

/** @param {ReadonlyMap<string, import('../../types.js').Session>} byId @param {string} typed */
function matching(byId, typed) {
  const matches = matcher(typed);
  const found = [];
  for (const session of byId.values()) {
    if (matches(session)) found.push(session);
    if (found.length === SHOWN) break;
  }
  return found;
}

/**
 * `onChange` hears of it when a session is chosen, or when typing has ended.
 * @param {{id: string, name?: string, label?: string, placeholder?: string, value: string, typed: string, byId: ReadonlyMap<string, import('../../types.js').Session>, error?: string|null, onTyped: (typed: string) => void, onChange?: (id: string) => void}} options
 */
export function sessionInput({ id, name = id, label, placeholder, value, typed, byId, error, onTyped, onChange }) {
  const input = (/** @type {any} */ event) => {
    const text = event.target.value;
    onTyped(text);
    if (!text || byId.has(text)) onChange?.(text);
  };
  return html`<input class="input" id=${id} name=${name} list="${id}-list" type="search" .value=${value} autocomplete="off" spellcheck="false" autocapitalize="off"
      aria-label=${label ?? nothing} placeholder=${placeholder ?? nothing} aria-invalid=${error ? 'true' : nothing} aria-describedby=${error ? `${id}-error` : nothing}
      @input=${input} @change=${(/** @type {any} */ event) => onChange?.(event.target.value.trim())} />
    <datalist id="${id}-list">${matching(byId, typed).map((session) => html`<option value=${session.id} label=${session.name ?? session.clientId}></option>`)}</datalist>`;
}

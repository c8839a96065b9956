// Buttons, and links that look like them.
import { html, ifDefined, nothing } from '../../lit.js';
import { icon } from './icon.js';

/**
 * @typedef {object} ButtonOptions
 * @property {string} label what it does; read out also when only the icon is shown
 * @property {string} [icon]
 * @property {'primary'|'secondary'|'quiet'|'danger'} [kind]
 * @property {boolean} [small]
 * @property {boolean} [iconOnly]
 * @property {boolean} [busy] works on it: shown, and not to be pressed again
 * @property {boolean} [disabled]
 * @property {'button'|'submit'} [type]
 * @property {string} [classes]
 * @property {string} [id]
 * @property {(event: Event) => void} [onClick]
 */

/** @param {ButtonOptions} options */
const classesOf = ({ kind = 'secondary', small, iconOnly, classes = '' }) =>
  `btn btn-${kind} ${small ? 'btn-small' : ''} ${iconOnly ? 'btn-icon' : ''} ${classes}`;

/** @param {ButtonOptions} options */
const inside = (
  options,
) => html`${options.busy ? icon('loader-circle', 'spin') : options.icon ? icon(options.icon) : nothing}
  <span class=${options.iconOnly ? 'sr-only' : ''}>${options.label}</span>`;

/** @param {ButtonOptions} options */
export function button(options) {
  const { busy = false, disabled = false, type = 'button', iconOnly } = options;
  return html`<button
    type=${type}
    id=${ifDefined(options.id)}
    class=${classesOf(options)}
    title=${iconOnly ? options.label : nothing}
    aria-busy=${busy ? 'true' : nothing}
    aria-disabled=${busy ? 'true' : nothing}
    ?disabled=${disabled}
    @click=${(/** @type {Event} */ event) => {
      if (busy) return event.preventDefault();
      options.onClick?.(event);
    }}
  >${inside(options)}</button>`;
}

/** @param {Omit<ButtonOptions, 'busy'|'disabled'|'type'> & {href: string, target?: '_blank'}} options */
export const linkButton = (options) =>
  html`<a class=${classesOf(options)} href=${options.href} target=${ifDefined(options.target)} rel=${options.target ? 'noopener' : nothing}
    title=${options.iconOnly ? options.label : nothing}>${inside(options)}</a>`;

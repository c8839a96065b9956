// Text to take along: a block of code or a secret, with a button that says when it has copied it.
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { icon } from './icon.js';

const SHOWN_MS = 1_600;

/** @param {{text: string, copy: (text: string) => Promise<boolean>, label?: string, iconOnly?: boolean}} options `copy` is `actions.copy` */
export function copyButton({ text, copy, label = t('common.copy'), iconOnly }) {
  const press = async (/** @type {Event} */ event) => {
    const pressed = /** @type {HTMLElement} */ (event.currentTarget);
    if (!(await copy(text))) return;
    pressed.classList.add('is-copied');
    const said = pressed.nextElementSibling;
    if (said) said.textContent = t('common.copied');
    setTimeout(() => {
      pressed.classList.remove('is-copied');
      if (said) said.textContent = '';
    }, SHOWN_MS);
  };
  return html`<button type="button" class="btn btn-quiet btn-small copy ${iconOnly ? 'btn-icon' : ''}" title=${iconOnly ? label : nothing} @click=${press}>
    <span class="copy-idle">${icon('copy')}<span class=${iconOnly ? 'sr-only' : ''}>${label}</span></span>
    <span class="copy-done" aria-hidden="true">${icon('check')}<span class=${iconOnly ? 'sr-only' : ''}>${t('common.copied')}</span></span>
  </button><span class="sr-only" role="status"></span>`;
}

/** @param {{text: string, copy: (text: string) => Promise<boolean>, label: string, wrap?: boolean}} options */
export const codeBlock = ({ text, copy, label, wrap }) => html`<figure class="code" aria-label=${label}>
  <figcaption class="code-head"><span>${label}</span><span>${copyButton({ text, copy })}</span></figcaption>
  <pre class="code-text ${wrap ? 'code-wrap' : ''}" tabindex="0" role="region" aria-label=${label}><code>${text}</code></pre>
</figure>`;

// The code to type on the phone: first its number, then the code.

import { errorText, retryText } from '../../../errors.js';
import { phone as shownPhone } from '../../../format.js';
import { t } from '../../../i18n.js';
import { html, nothing } from '../../../lit.js';
import { button } from '../button.js';
import { copyButton } from '../code.js';
import { countdown } from '../countdown.js';
import { field, input } from '../field.js';

/** @typedef {import('../../../store/linking.js').Linking} Linking */
/** @typedef {import('./linking.js').LinkingActions} LinkingActions */

/** @param {Linking} linking */
function faultOf({ typed }) {
  if (typed.over) return t('linking.codeOver');
  if (!typed.error) return null;
  const wrong = typed.error.code === 'invalid_body' || typed.error.code === 'bad_phone';
  return wrong ? t('linking.badPhone') : `${errorText(typed.error)} ${retryText(typed.error)}`.trim();
}

/** @param {Linking} linking @param {LinkingActions} on */
function numberForm(linking, on) {
  const { typed } = linking;
  const error = faultOf(linking);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    if (!typed.busy) on.askCode(String(new FormData(form).get('phone') ?? '').trim());
    form.querySelector('input')?.focus();
  };
  return html`<form class="space-y-4" novalidate @submit=${submit}>
    ${field({
      id: 'link-phone',
      label: t('linking.phone'),
      hint: t('linking.phoneHint'),
      error,
      control: input({
        id: 'link-phone',
        name: 'phone',
        type: 'tel',
        inputmode: 'tel',
        autocomplete: 'tel',
        value: typed.phone,
        placeholder: '+55 11 99999-8888',
        error,
        hint: true,
      }),
    })}
    ${button({ label: t('linking.getCode'), kind: 'primary', type: 'submit', busy: typed.busy, classes: 'w-full' })}
  </form>`;
}

/** A number that stays on one line. @param {string} number */
const whole = (number) => number.replaceAll(' ', '\u00a0').replaceAll('-', '\u2011');

/** @param {Linking} linking @param {LinkingActions} on */
export function typePanel(linking, on) {
  const { code, expiresAt, phone } = linking.typed;
  if (!code || !expiresAt) return numberForm(linking, on);
  const groups = [code.slice(0, 4), code.slice(4)];
  return html`<div class="space-y-3 text-center" role="status">
    <p class="text-muted">${t('linking.typeThis', { phone: whole(shownPhone(phone.replace(/\D/g, ''))) })}</p>
    <p class="pair-code"><span class="sr-only">${[...code].join(' ')}</span>${groups.map((group) => html`<span aria-hidden="true">${group}</span>`)}</p>
    <p class="text-xs text-muted">${t('linking.codeGood')} ${countdown(expiresAt)}</p>
    <div class="flex flex-wrap justify-center gap-2">
      ${copyButton({ text: code, copy: on.copy })}
      ${button({ label: t('linking.otherNumber'), kind: 'quiet', small: true, onClick: on.otherNumber })}
    </div>
    ${linking.stage === 'syncing' ? nothing : html`<p class="sr-only">${t('linking.waitingForPhone')}</p>`}
  </div>`;
}

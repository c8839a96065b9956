// The passkey that WhatsApp asks for: why, with the extension, and without it.
import { t } from '../../../i18n.js';
import { html, nothing } from '../../../lit.js';
import { readCredential } from '../../../passkey.js';
import { snippet } from '../../../snippet.js';
import { button, linkButton } from '../button.js';
import { codeBlock } from '../code.js';
import { errorPanel } from '../error.js';
import { field, textarea } from '../field.js';
import { icon } from '../icon.js';

/** @typedef {import('../../../store/linking.js').Linking} Linking */
/** @typedef {import('./linking.js').LinkingActions} LinkingActions */

const WHATSAPP = 'https://web.whatsapp.com/';

/** @param {Linking} linking @param {LinkingActions} on */
function answerForm({ passkey }, on) {
  const wrong = passkey.error?.code === 'bad_answer' ? t('pairing.answerBad') : null;
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (passkey.busy) return;
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const credential = readCredential(String(new FormData(form).get('answer') ?? ''));
    if (credential) return on.givePasskey(credential);
    on.unreadable({ code: 'bad_answer' });
    form.querySelector('textarea')?.focus();
  };
  return html`<form class="mt-2 space-y-3" novalidate @submit=${submit}>
    ${field({
      id: 'link-answer',
      label: t('pairing.answer'),
      error: wrong,
      control: textarea({ id: 'link-answer', name: 'answer', rows: 3, mono: true, error: wrong }),
    })}
    ${button({ label: t('pairing.answerSend'), kind: 'primary', type: 'submit', busy: passkey.busy })}
  </form>`;
}

/** @param {Linking} linking @param {LinkingActions} on */
function byHand(linking, on) {
  const words = {
    ask: t('pairing.snippetAsk'),
    sign: t('pairing.snippetSign'),
    done: t('pairing.snippetDone'),
    failed: t('pairing.snippetFailed'),
    bad: t('pairing.snippetBad'),
  };
  return html`<details class="fold">
    <summary>${t('pairing.without')}</summary>
    <p class="cause bg-warn-soft">${icon('triangle-alert', 'mt-0.5 text-warn')}<span class="flex-1">${t('pairing.withoutWarn')}</span></p>
    <ol class="howto">
      <li>${t('pairing.withoutOpen')}
        <div class="mt-2">${linkButton({ label: t('pairing.openWhatsapp'), icon: 'external-link', href: WHATSAPP, target: '_blank', small: true })}</div></li>
      <li>${t('pairing.withoutConsole')}</li>
      <li>${t('pairing.withoutPaste')}
        <div class="mt-2">${codeBlock({ text: snippet(linking.passkey.options, words), label: t('pairing.snippet'), copy: on.copy })}</div></li>
      <li>${t('pairing.withoutAnswer')}${answerForm(linking, on)}</li>
    </ol>
  </details>`;
}

/** The button that leads to the extension. @param {Linking} linking @param {LinkingActions} on */
function continueButton({ passkey }, { extension }) {
  const look = /** @type {const} */ ({ label: t('pairing.continue'), icon: 'external-link', kind: 'primary' });
  if (!passkey.options || passkey.busy) return button({ ...look, busy: true });
  return extension.href
    ? linkButton({ ...look, href: extension.href, target: '_blank' })
    : button({ ...look, onClick: extension.onClick });
}

/** @param {Linking} linking @param {LinkingActions} on */
export function passkeyPanel(linking, on) {
  const { passkey, codeFirst } = linking;
  const { error } = passkey;
  return html`<div class="proof">
    <div role="status" class="space-y-1">
      <p class="text-base font-semibold">${t('pairing.passkeyTitle')}</p>
      <p class="text-muted">${t('pairing.passkeyText')}</p>
    </div>
    ${error && error.code !== 'bad_answer' ? errorPanel({ error, onRetry: on.restart }) : nothing}
    ${codeFirst && on.here ? html`<div class="space-y-2"><p>${icon('monitor', 'mr-2 inline text-muted')}${t('pairing.computer')}</p>${codeBlock({ text: on.here, label: t('pairing.address'), copy: on.copy, wrap: true })}</div>` : nothing}
    <ol class="howto">
      <li>${t('pairing.passkeyOpen')}</li>
      <li>${t('pairing.passkeyPress')}</li>
      <li>${t('pairing.passkeyProve')}</li>
      <li>${t('pairing.passkeyBack')}</li>
    </ol>
    <div class="flex flex-wrap gap-2">
      ${continueButton(linking, on)}
      ${button({ label: t('pairing.restart'), kind: 'quiet', onClick: on.restart })}
    </div>
    <p class="text-xs text-muted">${t('pairing.needs')} <a class="link" href="/assets/link-extension.html" target="_blank" rel="noopener">${t('pairing.install')}</a></p>
    ${passkey.options ? byHand(linking, on) : nothing}
  </div>`;
}

// The code that a person compares with the one on the phone.
import { t } from '../../../i18n.js';
import { html, nothing } from '../../../lit.js';
import { button } from '../button.js';
import { errorPanel } from '../error.js';
import { skeleton } from '../skeleton.js';

/** @param {import('../../../store/linking.js').Linking} linking @param {import('./linking.js').LinkingActions} on */
export function comparePanel({ compare }, on) {
  const { code, busy, error } = compare;
  return html`<div class="proof items-center text-center">
    <div role="status" class="space-y-1">
      <p class="text-base font-semibold">${t('pairing.compareTitle')}</p>
      <p class="text-muted">${t('pairing.compareText')}</p>
      ${
        code
          ? html`<p class="pair-code pair-code-large" translate="no"><span class="sr-only">${[...code].join(' ')}</span>${code
              .split('-')
              .map((group) => html`<span aria-hidden="true">${group}</span>`)}</p>`
          : html`<div class="flex justify-center py-4">${skeleton('h-14 w-64')}</div>`
      }
    </div>
    ${error ? errorPanel({ error }) : nothing}
    <div class="flex flex-wrap justify-center gap-2">
      ${button({ label: t('pairing.same'), icon: 'check', kind: 'primary', busy, disabled: !code, onClick: () => on.compared(true) })}
      ${button({ label: t('pairing.different'), icon: 'x', busy, disabled: !code, onClick: () => on.compared(false) })}
    </div>
    <p class="max-w-prose text-xs text-muted">${t('pairing.compareWhy')}</p>
  </div>`;
}

// The code to scan: it is replaced by itself before it ends.
import { t } from '../../../i18n.js';
import { html, keyed, nothing } from '../../../lit.js';
import { countdown } from '../countdown.js';
import { css } from '../css.js';
import { errorPanel } from '../error.js';
import { qr } from '../qr.js';

/** @typedef {import('../../../store/linking.js').Linking} Linking */

/** What is left of a code, as a line that grows shorter. @param {string} expiresAt */
function life(expiresAt) {
  const left = Math.max(0, Date.parse(expiresAt) - Date.now());
  return html`<div class="life" aria-hidden="true">${keyed(expiresAt, html`<span ${css({ '--life': `${left}ms` })}></span>`)}</div>`;
}

/** @param {Linking} linking @param {import('./linking.js').LinkingActions} on */
export function scanPanel({ scan, stage }, on) {
  if (scan.error) return errorPanel({ error: scan.error, onRetry: on.again });
  const { blob, expiresAt } = scan;
  return html`<div class="space-y-3">
    ${qr({ blob, done: stage === 'syncing' })}
    <p class="text-center text-muted" role="status">${blob ? nothing : t('linking.waiting')}</p>
    ${blob && expiresAt ? html`${life(expiresAt)}<p class="text-center text-xs text-muted">${t('linking.renews')} ${countdown(expiresAt)}</p>` : nothing}
  </div>`;
}

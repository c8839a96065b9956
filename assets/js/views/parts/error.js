// What went wrong: in plain words, with the way out, and what to tell whoever runs the daemon.
import { errorText, retryText } from '../../errors.js';
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { button } from './button.js';
import { icon } from './icon.js';

/** @param {{error: any, title?: string, onRetry?: () => void, busy?: boolean}} options */
export function errorPanel({ error, title, onRetry, busy }) {
  const words = errorText(error);
  const facts = [
    error.code && html`<code>${error.code}</code>`,
    error.status ? `HTTP ${error.status}` : '',
    error.requestId && html`<code class="wrap-anywhere">${error.requestId}</code>`,
  ].filter(Boolean);
  return html`<div class="error-panel" role="alert">
    ${icon('circle-alert', 'mt-0.5 text-bad')}
    <div class="min-w-0 flex-1 space-y-1">
      <p class="font-medium">${title ?? t('common.wentWrong')}</p>
      <p class="wrap-anywhere">${words}</p>
      ${error.retryAfter ? html`<p>${retryText(error)}</p>` : nothing}
      <p class="flex flex-wrap gap-x-3 text-xs text-muted">${facts.map((fact) => html`<span>${fact}</span>`)}</p>
    </div>
    ${onRetry ? button({ label: t('common.tryAgain'), icon: 'refresh-cw', small: true, busy, onClick: onRetry }) : nothing}
  </div>`;
}

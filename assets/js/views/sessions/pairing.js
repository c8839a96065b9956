// A pairing link that was made: its address to be sent, and how long it is good.
import { dateTime } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { codeBlock } from '../parts/code.js';
import { errorPanel } from '../parts/error.js';
import { segmented } from '../parts/segmented.js';
import { skeleton } from '../parts/skeleton.js';

/** @typedef {{id: string, expiresIn: number, busy?: boolean, error?: any, link?: {url: string, expiresAt: string}}} Pairing */

/** @param {Pairing} pairing @param {{send: (expiresIn: number) => void, copy: (text: string) => Promise<boolean>}} on */
export function pairingPanel({ expiresIn, error, link }, { send, copy }) {
  const options = [
    { value: '900', label: t('pairing.quarter') },
    { value: '3600', label: t('pairing.hour') },
    { value: '86400', label: t('pairing.day') },
  ];
  return html`<section class="pairing" aria-label=${t('pairing.send')}>
    <p class="text-muted">${t('pairing.sendText')}</p>
    ${error ? errorPanel({ error, onRetry: () => send(expiresIn) }) : nothing}
    ${link ? codeBlock({ text: link.url, label: t('pairing.sendUrl'), copy, wrap: true }) : error ? nothing : skeleton('h-20 w-full')}
    ${segmented({ name: 'pairing-expiry', label: t('pairing.sendExpiry'), value: String(expiresIn), options, onChange: (value) => send(Number(value)) })}
    ${link ? html`<p class="text-xs text-muted" role="status">${t('pairing.sendUntil', { time: dateTime(link.expiresAt) })}</p>` : nothing}
  </section>`;
}

// Why a session is as it is, in plain words, and what to do about it.
import { dateTime, relative } from '../../format.js';
import { has, t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { icon } from './icon.js';

/** @typedef {import('../../types.js').Cause} Cause */

/** @type {Record<string, 'idle'|'info'|'warn'|'bad'>} */
const TONES = {
  stoppedByRequest: 'idle',
  loggedOutByRequest: 'idle',
  qrExpired: 'info',
  network: 'warn',
  serverError: 'warn',
  restricted: 'warn',
  crashed: 'warn',
  loggedOut: 'warn',
};
const ICONS = { idle: 'info', info: 'info', warn: 'triangle-alert', bad: 'circle-alert' };

/** What happened; for a code without words, what the API said. @param {Cause} cause */
export const causeText = ({ code, detail }) => (has(`causes.${code}`) ? t(`causes.${code}`) : detail);

/** @param {{cause: Cause, now: number, actions?: unknown}} options */
export function causePanel({ cause, now, actions }) {
  const tone = TONES[cause.code] ?? 'bad';
  const help = has(`causeHelp.${cause.code}`) ? t(`causeHelp.${cause.code}`) : nothing;
  return html`<div class="cause bg-${tone}-soft">
    ${icon(ICONS[tone], `mt-0.5 text-${tone}`)}
    <div class="min-w-0 flex-1 space-y-1">
      <p class="font-medium">${causeText(cause)}</p>
      ${help === nothing ? nothing : html`<p>${help}</p>`}
      ${cause.until ? html`<p>${t('sessions.until', { time: dateTime(cause.until), ago: relative(cause.until, now) })}</p>` : nothing}
      <details class="text-xs text-muted"><summary>${t('sessions.causeDetail')}</summary><p class="mt-1 wrap-anywhere"><code>${cause.code}</code> · <span lang="en">${cause.detail}</span></p></details>
    </div>
    ${actions ?? nothing}
  </div>`;
}

// Linking a phone, from the first code to the success. It draws a linking state (store/linking.js) and nothing else, so that the
// dashboard's dialog and the page for end customers show the same.
import { phone } from '../../../format.js';
import { t } from '../../../i18n.js';
import { html, keyed, nothing } from '../../../lit.js';
import { button } from '../button.js';
import { causeText } from '../cause.js';
import { icon } from '../icon.js';
import { tabPanel, tabs } from '../tabs.js';
import { scanPanel } from './scan.js';
import { steps } from './steps.js';
import { typePanel } from './type.js';

/** @typedef {import('../../../store/linking.js').Linking} Linking */

/**
 * @typedef {object} LinkingActions
 * @property {(method: 'scan'|'type') => void} choose
 * @property {(phone: string) => void} askCode
 * @property {() => void} otherNumber
 * @property {() => void} again
 * @property {(text: string) => Promise<boolean>} copy
 */

/** A moment that fills the place: what happened and what comes next. @param {{icon: string, tone: string, title: string, text: unknown, action?: unknown, spin?: boolean}} options */
const moment = (options) => html`<div class="moment">
  <div class="moment-icon bg-${options.tone}-soft text-${options.tone}">${icon(options.icon, options.spin ? 'spin' : '')}</div>
  <div role="status" class="space-y-1"><p class="text-base font-semibold">${options.title}</p><p class="text-muted wrap-anywhere">${options.text}</p></div>
  ${options.action ?? nothing}
</div>`;

/** @param {Linking} linking */
function success({ account }) {
  const who = [account.name, account.phone && phone(account.phone)].filter(Boolean).join(' · ');
  return html`<div class="moment-done">${moment({ icon: 'circle-check', tone: 'ok', title: t('linking.done'), text: who || t('linking.doneText') })}</div>`;
}

/** @param {Linking} linking @param {LinkingActions} on */
function ended({ stage, cause }, on) {
  const again = (/** @type {string} */ label) =>
    button({ label, kind: 'primary', icon: 'refresh-cw', onClick: on.again });
  if (stage === 'expired')
    return moment({
      icon: 'hourglass',
      tone: 'info',
      title: t('linking.expired'),
      text: t('linking.expiredText'),
      action: again(t('linking.newCode')),
    });
  return moment({
    icon: 'circle-alert',
    tone: 'warn',
    title: t('linking.down'),
    text: cause ? causeText(cause) : t('linking.downText'),
    action: again(t('linking.startAgain')),
  });
}

/** @param {Linking} linking @param {LinkingActions} on */
export function linkingView(linking, on) {
  const { stage, method, codeFirst } = linking;
  if (stage === 'done') return success(linking);
  if (stage === 'syncing')
    return moment({
      icon: 'loader-circle',
      tone: 'info',
      title: t('linking.syncing'),
      text: t('linking.syncingText'),
      spin: true,
    });
  if (stage === 'expired' || stage === 'down') return ended(linking, on);
  const options = [
    { value: 'scan', label: t('linking.scan') },
    { value: 'type', label: t('linking.type') },
  ];
  const panel = method === 'scan' ? scanPanel(linking, on) : typePanel(linking, on);
  return html`<div>
    ${tabs({ id: 'linking', label: t('linking.how'), value: method, options: codeFirst ? options.reverse() : options, onChange: on.choose })}
    ${tabPanel('linking', method, html`<div class="linking"><div class="min-w-0">${keyed(method, panel)}</div>${steps(method)}</div>`)}
  </div>`;
}

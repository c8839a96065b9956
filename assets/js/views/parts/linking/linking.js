// Linking a phone, from the first code to the success. It draws a linking state (store/linking.js) and nothing else, so that the
// dashboard's dialog and the page for end customers show the same.
import { phone } from '../../../format.js';
import { has, t } from '../../../i18n.js';
import { html, keyed } from '../../../lit.js';
import { button } from '../button.js';
import { causeText } from '../cause.js';
import { tabPanel, tabs } from '../tabs.js';
import { comparePanel } from './compare.js';
import { moment } from './moment.js';
import { passkeyPanel } from './passkey.js';
import { progress } from './progress.js';
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
 * @property {() => void} restart ends this attempt, and begins another one
 * @property {(credential: unknown) => void} givePasskey
 * @property {(error: {code: string}) => void} unreadable what was pasted is no answer
 * @property {(same: boolean) => void} compared
 * @property {{href?: string, onClick?: () => void}} extension what leads to the extension
 * @property {string} [here] the address of this page, to be opened on a computer
 */

/** @param {Linking} linking */
function success({ account }) {
  const who = [account.name, account.phone && phone(account.phone)].filter(Boolean).join(' · ');
  return html`<div class="moment-done">${moment({ icon: 'circle-check', tone: 'ok', title: t('linking.done'), text: who || t('linking.doneText') })}</div>`;
}

/** @param {Linking} linking @param {LinkingActions} on */
function ended({ stage, cause, failure }, on) {
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
  if (stage === 'failed' && failure) {
    const { code, detail } = failure;
    const known = has(`linkFailures.${code}`);
    return moment({
      icon: 'circle-alert',
      tone: code === 'cancelled' ? 'info' : 'bad',
      title: known ? t(`linkFailures.${code}`) : t('common.wentWrong'),
      text: known ? t(`linkFailureHelp.${code}`) : detail,
      action: again(t('common.tryAgain')),
    });
  }
  return moment({
    icon: 'circle-alert',
    tone: 'warn',
    title: t('linking.down'),
    text: cause ? causeText(cause) : t('linking.downText'),
    action: again(t('linking.startAgain')),
  });
}

/** A stage at which there is only to wait. @param {string} title @param {string} text */
const wait = (title, text) => moment({ icon: 'loader-circle', tone: 'info', title, text, spin: true });

/** What every place that links a phone shows at a stage; null while there are codes. @param {Linking} linking @param {LinkingActions} on */
export function stageView(linking, on) {
  const { stage } = linking;
  if (stage === 'passkey') return passkeyPanel(linking, on);
  if (stage === 'compare') return comparePanel(linking, on);
  if (stage === 'checking') return wait(t('pairing.checkingTitle'), t('pairing.checkingText'));
  if (stage === 'syncing') return wait(t('linking.syncing'), t('linking.syncingText'));
  if (stage === 'expired' || stage === 'failed' || stage === 'down') return ended(linking, on);
  return null;
}

/** @param {Linking} linking @param {LinkingActions} on */
export function linkingView(linking, on) {
  const { stage, method, codeFirst } = linking;
  if (stage === 'done') return success(linking);
  const shown = stageView(linking, on);
  if (shown) return html`${linking.step ? progress(linking) : ''}${shown}`;
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

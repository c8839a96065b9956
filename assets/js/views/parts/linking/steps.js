// Where to tap on the phone, in WhatsApp's own words.
import { t } from '../../../i18n.js';
import { html } from '../../../lit.js';
import { icon } from '../icon.js';

/** @param {'scan'|'type'} method */
export const steps = (method) => html`<ol class="howto">
  <li>${t('linking.stepOpen')}</li>
  <li><span>${t('linking.stepMenu')}</span>
    <ul>
      <li>${icon('ellipsis-vertical')}<span>${t('linking.stepAndroid')}</span></li>
      <li>${icon('settings')}<span>${t('linking.stepIphone')}</span></li>
    </ul></li>
  <li>${t('linking.stepLink')}</li>
  <li>${t(method === 'scan' ? 'linking.stepScan' : 'linking.stepType')}</li>
</ol>`;

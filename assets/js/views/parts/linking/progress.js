// How far linking is, and how long what is asked for can still be done.
import { t } from '../../../i18n.js';
import { html, nothing } from '../../../lit.js';
import { countdown } from '../countdown.js';

/** How many steps there are when the API has not said. */
const STEPS = 5;
/** @type {Record<string, number>} */
const AT = { passkey: 2, checking: 3, compare: 3, syncing: 4, done: STEPS };
/** What a person is asked to do, so that its time counts. */
const TIMED = ['passkey', 'checking', 'compare'];

/** @param {import('../../../store/linking.js').Linking} linking */
export function progress({ stage, step }) {
  const of = step?.of ?? STEPS;
  const number = stage === 'done' ? of : (step?.number ?? AT[stage] ?? 1);
  const until = TIMED.includes(stage) ? step?.until : null;
  return html`<div class="link-progress">
    <p>${t('pairing.progress', { number, of })}</p>
    <div class="link-bar" aria-hidden="true">${Array.from({ length: of }, (_, at) => html`<span class=${at < number ? 'is-reached' : ''}></span>`)}</div>
    ${until ? html`<p>${t('pairing.good')} ${countdown(until)}</p>` : nothing}
  </div>`;
}

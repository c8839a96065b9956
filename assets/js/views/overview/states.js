// How many are in which state: of sessions now, of the messages of today.
import { FATES, sum, today } from '../../figures.js';
import { number, percent } from '../../format.js';
import { t } from '../../i18n.js';
import { html } from '../../lit.js';
import { href } from '../../router.js';
import { sessionTone } from '../parts/badge.js';
import { css } from '../parts/css.js';
import { card } from '../parts/page.js';

const SESSION_STATES = /** @type {const} */ ([
  'connected',
  'starting',
  'linking',
  'reconnecting',
  'loggedOut',
  'failed',
  'stopped',
]);

/** @param {{label: string, count: number, total: number, color: string, href?: string}} row */
function bar({ label, count, total, color, href }) {
  const share = total ? count / total : 0;
  const inside = html`<span class="state-label"><span class="chart-swatch" ${css({ '--swatch': `var(--${color})` })}></span>${label}</span>
    <span class="state-count">${number(count)}</span>
    <span class="state-share">${percent(share)}</span>
    <span class="state-bar" aria-hidden="true"><span ${css({ width: `${share * 100}%`, background: `var(--${color})` })}></span></span>`;
  return href
    ? html`<li><a class="state ${count ? '' : 'is-none'}" href=${href}>${inside}</a></li>`
    : html`<li class="state ${count ? '' : 'is-none'}">${inside}</li>`;
}

/** @param {import('../../types.js').Session[]} sessions */
export function sessionStates(sessions) {
  const counts = /** @type {Record<string, number>} */ ({});
  for (const { state } of sessions) counts[state] = (counts[state] ?? 0) + 1;
  return card({
    id: 'session-states',
    title: t('overview.sessionStates'),
    body: html`<ul class="states">${SESSION_STATES.map((state) =>
      bar({
        label: t(`sessionStates.${state}`),
        count: counts[state] ?? 0,
        total: sessions.length,
        color: sessionTone(state),
        href: href('sessions', {}, { state }),
      }),
    )}</ul>`,
  });
}

/** @param {import('../../types.js').Stats} data @param {number} now */
export function messagesToday(data, now) {
  const counts = today(data, now);
  const total = sum(Object.values(counts));
  return card({
    id: 'messages-today',
    title: t('overview.today'),
    text: t('overview.todayText'),
    body: html`<ul class="states">${[...FATES].reverse().map((fate) =>
      bar({
        label: t(`messageStates.${fate === 'waiting' ? 'queued' : fate}`),
        count: counts[fate],
        total,
        color: `chart-${fate}`,
      }),
    )}</ul>`,
  });
}

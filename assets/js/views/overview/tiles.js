// The figures at a glance. Each leads to where one can look closer.
import { sum, today } from '../../figures.js';
import { duration, number, percent } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { href } from '../../router.js';
import { needsAttention } from '../../store/sessions.js';
import { icon } from '../parts/icon.js';

/** @param {{icon: string, label: string, value: unknown, note?: unknown, tone?: string, href?: string}} options */
function tile(options) {
  const inside = html`<span class="tile-label">${icon(options.icon)}${options.label}</span>
    <span class="tile-value">${options.value}</span>
    <span class="tile-note ${options.tone ? `text-${options.tone}` : 'text-muted'}">${options.note ?? nothing}</span>`;
  return options.href
    ? html`<li><a class="tile" href=${options.href}>${inside}</a></li>`
    : html`<li class="tile">${inside}</li>`;
}

/** @param {import('../../types.js').Stats} data */
function webhookTile({ webhooks }) {
  const { enabled, paused, pending, failed } = webhooks;
  const bad = failed || paused;
  const note = paused
    ? t('overview.webhooksPaused', { count: paused })
    : failed
      ? t('overview.webhooksFailed', { count: failed })
      : pending
        ? t('overview.webhooksPending', { count: pending })
        : enabled
          ? t('overview.webhooksFine')
          : t('overview.webhooksNone');
  return tile({
    icon: 'webhook',
    label: t('nav.webhooks'),
    value: number(enabled),
    note,
    tone: bad ? 'warn' : undefined,
    href: href('webhooks'),
  });
}

/** @param {import('../../types.js').State} state @param {import('../../types.js').Stats} data @param {import('../../types.js').Session[]} sessions */
export function tiles({ shell }, data, sessions) {
  const counts = today(data, shell.now);
  const down = sessions.filter(needsAttention).length;
  const connected = sessions.filter(({ state }) => state === 'connected').length;
  const { delivered } = data.latency;
  const { client } = shell.route.query;
  return html`<ul class="tiles">
    ${tile({
      icon: 'smartphone',
      label: t('overview.sessionsConnected'),
      value: html`${number(connected)} <small>/ ${number(sessions.length)}</small>`,
      note: down ? t('nav.down', { count: down }) : t('overview.noneDown'),
      tone: down ? 'warn' : undefined,
      href: href('sessions', {}, { client }),
    })}
    ${tile({
      icon: 'send-horizontal',
      label: t('overview.sentToday'),
      value: number(sum(Object.values(counts))),
      note: counts.failed ? t('overview.failedToday', { count: counts.failed }) : t('overview.noneFailed'),
      tone: counts.failed ? 'bad' : undefined,
      href: href('messages'),
    })}
    ${tile({ icon: 'hourglass', label: t('overview.queue'), value: number(data.queueDepth), note: data.queueDepth ? t('overview.queueText') : t('overview.queueEmpty') })}
    ${tile({ icon: 'wifi', label: t('overview.share'), value: percent(data.connected.share), note: data.connected.share === null ? t('overview.noTime') : t('overview.shareText') })}
    ${tile({ icon: 'clock', label: t('overview.latency'), value: duration(delivered.p50Ms), note: delivered.count ? t('overview.p95', { time: duration(delivered.p95Ms) }) : t('overview.noneDelivered') })}
    ${webhookTile(data)}
  </ul>`;
}

// What happened to a session, newest first, and which of its messages failed.
import { phone } from '../../format.js';
import { has, t } from '../../i18n.js';
import { html, nothing, repeat } from '../../lit.js';
import { href } from '../../router.js';
import { timelineOf } from '../../sessions.js';
import { sessionTone } from '../parts/badge.js';
import { causeText } from '../parts/cause.js';
import { errorPanel } from '../parts/error.js';
import { failureText } from '../parts/failure.js';
import { icon } from '../parts/icon.js';
import { loadMore } from '../parts/more.js';
import { card } from '../parts/page.js';
import { skeleton } from '../parts/skeleton.js';
import { timeAgo, timeExact } from '../parts/time.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */

/** @type {Record<string, 'ok'|'warn'|'bad'|'info'|'idle'>} */
const TONES = { qr: 'info', unstable: 'warn', restricted: 'warn', created: 'idle', deleted: 'idle' };

/** @param {import('../../types.js').WamuxEvent} event */
function toneOf({ type, data }) {
  const name = type.slice('session.'.length);
  if (name === 'restricted' && !data.cause) return 'ok';
  return TONES[name] ?? sessionTone(data.state);
}

/** @param {import('../../types.js').WamuxEvent} event */
function nameOf({ type, data }) {
  const name = type.slice('session.'.length);
  if (name === 'restricted' && !data.cause) return t('sessions.restrictionEnded');
  if (name === 'unstable') return t('sessionEvents.unstable', { count: data.losses });
  return has(`sessionEvents.${name}`) ? t(`sessionEvents.${name}`) : type;
}

/** @param {import('../../sessions.js').Entry} entry @param {number} now */
const one = ({ event, count }, now) => html`<li class="timeline-item">
  <span class="timeline-dot bg-${toneOf(event)}" aria-hidden="true"></span>
  <div class="min-w-0 flex-1">
    <p class="font-medium">${nameOf(event)}${count > 1 ? html` <span class="text-muted">× ${count}</span>` : nothing}</p>
    ${event.data.cause ? html`<p class="text-muted">${causeText(event.data.cause)}</p>` : nothing}
  </div>
  <div class="shrink-0 text-right text-xs text-muted"><span class="block">${timeAgo(event.at, now)}</span><span class="block max-sm:hidden">${timeExact(event.at)}</span></div>
</li>`;

const waiting = html`<div class="space-y-4">${skeleton('h-4 w-3/5')}${skeleton('h-4 w-2/5')}${skeleton('h-4 w-1/2')}</div>`;

/** @param {State} state @param {Actions} actions */
export function timeline({ sessions, shell }, actions) {
  const { status, list, error, cursor, busy } = sessions.detail.timeline;
  const entries = timelineOf(list);
  const body =
    status === 'failed' && !list.length
      ? errorPanel({ error, onRetry: actions.sessions.reloadDetail })
      : status !== 'ready' && !list.length
        ? waiting
        : html`<ol class="timeline">${repeat(
            entries,
            (entry) => entry.event.id,
            (entry) => one(entry, shell.now),
          )}</ol>
          ${error ? errorPanel({ error, onRetry: actions.sessions.moreTimeline }) : nothing}
          ${entries.length ? loadMore({ cursor, busy, onMore: actions.sessions.moreTimeline }) : html`<p class="text-muted">${t('sessions.noTimeline')}</p>`}`;
  return card({ id: 'timeline', title: t('sessions.timeline'), text: t('sessions.timelineText'), body });
}

/** @param {import('../../types.js').Message} message @param {number} now */
const failed = (message, now) => html`<li>
  <a class="failure" href=${href('message', { id: message.id })}>
    ${icon('circle-alert', 'mt-0.5 text-bad')}
    <span class="min-w-0 flex-1">
      <span class="block truncate font-medium">${message.phone ? phone(message.phone) : message.chatId}</span>
      <span class="block text-muted wrap-anywhere">${message.failure ? failureText(message.failure) : nothing}</span>
    </span>
    <span class="shrink-0 text-xs text-muted">${timeAgo(message.at, now)}</span>
  </a>
</li>`;

/** Nothing is shown while nothing failed: good news needs no card. @param {State} state @param {Actions} actions */
export function failures({ sessions, shell }, actions) {
  const { status, list, error } = sessions.detail.failures;
  if (status === 'failed')
    return card({
      id: 'failures',
      title: t('sessions.failures'),
      body: errorPanel({ error, onRetry: actions.sessions.reloadDetail }),
    });
  if (!list.length) return nothing;
  return card({
    id: 'failures',
    title: t('sessions.failures'),
    flush: true,
    body: html`<ul>${repeat(
      list,
      (message) => message.id,
      (message) => failed(message, shell.now),
    )}</ul>`,
  });
}

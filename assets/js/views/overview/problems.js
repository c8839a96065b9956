// What is wrong now, and what went wrong lately: each leads to where one can act.
import { phone } from '../../format.js';
import { has, t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { href } from '../../router.js';
import { badge, sessionBadge } from '../parts/badge.js';
import { errorPanel } from '../parts/error.js';
import { icon } from '../parts/icon.js';
import { card } from '../parts/page.js';
import { skeleton } from '../parts/skeleton.js';
import { timeAgo } from '../parts/time.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */
/** @typedef {import('../../figures.js').Problem} Problem */

const SHOWN = 6;

/** Why, in the words that sessions and messages have for it. @param {{code: string, detail: string}|null} cause */
function why(cause) {
  if (!cause) return '';
  for (const key of [`causes.${cause.code}`, `failures.${cause.code}`]) if (has(key)) return t(key);
  return cause.detail;
}

/** @param {{href: string, title: unknown, badge: unknown, text: unknown, at: string, now: number}} options */
const row = (options) => html`<li><a class="problem" href=${options.href}>
  <span class="problem-title">${options.title}</span>
  <span class="problem-at">${timeAgo(options.at, options.now)}</span>
  <span class="problem-text">${options.badge}<span>${options.text}</span></span>
  ${icon('chevron-right', 'problem-go')}
</a></li>`;

/** @param {Problem} problem @param {State} state */
function past(problem, { shell, sessions }) {
  const name = sessions.byId.get(problem.sessionId)?.name ?? problem.sessionId;
  const { messageId } = problem;
  return row({
    href: messageId ? href('message', { id: messageId }) : href('session', { id: problem.sessionId }),
    title: messageId
      ? t('overview.messageTo', { to: problem.phone ? phone(problem.phone) : problem.chatId, session: name })
      : name,
    badge: badge(
      messageId
        ? { tone: 'bad', icon: 'circle-alert', label: t('messageStates.failed') }
        : { tone: 'warn', icon: 'triangle-alert', label: t(`overviewEvents.${problem.type.slice('session.'.length)}`) },
    ),
    text: why(problem.cause),
    at: problem.at,
    now: shell.now,
  });
}

/** Where nothing is listed: it is not known yet, cannot be known, or nothing is wrong. @param {State} state @param {Actions} actions */
function none({ stats }, actions) {
  if (stats.problemsError)
    return html`<div class="p-4">${errorPanel({ error: stats.problemsError, title: t('overview.problemsFailed'), onRetry: actions.stats.loadProblems })}</div>`;
  if (!stats.problems)
    return html`<div class="p-4" role="status"><span class="sr-only">${t('common.loading')}</span>${skeleton('h-10')}</div>`;
  return html`<div class="all-fine">${icon('circle-check', 'text-ok')}<div><p class="font-medium">${t('overview.allFine')}</p><p class="text-muted">${t('overview.allFineText')}</p></div></div>`;
}

/** @param {State} state @param {import('../../types.js').Session[]} down @param {Actions} actions */
export function problems(state, down, actions) {
  const { client } = state.shell.route.query;
  const since = new Map(down.map((session) => [session.id, session.since]));
  // What is listed as it is now is not told once more.
  const lately = (state.stats.problems ?? []).filter(
    ({ clientId, messageId, sessionId, at }) =>
      (!client || clientId === client) && (messageId || !(at >= (since.get(sessionId) ?? '~'))),
  );
  const now = down.slice(0, SHOWN).map((session) =>
    row({
      href: href('session', { id: session.id }),
      title: session.name ?? session.id,
      badge: sessionBadge(session.state),
      text: why(session.cause),
      at: session.since,
      now: state.shell.now,
    }),
  );
  const rest = lately.slice(0, Math.max(2, SHOWN - now.length));
  const heading = (/** @type {string} */ words) => html`<h3 class="problems-heading">${words}</h3>`;
  const body =
    now.length || rest.length
      ? html`${now.length ? html`${heading(t('overview.problemsNow'))}<ul>${now}</ul>` : nothing}
        ${down.length > SHOWN ? html`<p class="problems-more"><a class="link" href=${href('sessions', {}, { client })}>${t('overview.moreDown', { count: down.length - SHOWN })}</a></p>` : nothing}
        ${rest.length ? html`${heading(t('overview.problemsLately'))}<ul>${rest.map((problem) => past(problem, state))}</ul>` : nothing}${state.stats.problemsError ? none(state, actions) : nothing}`
      : none(state, actions);
  return card({ id: 'problems', title: t('overview.problems'), flush: true, body });
}

// The steps of a message, one under the other: what happened, when, how long after the step before, and what is still to come.
import { dateTime, duration, relative, timeExact } from '../../format.js';
import { has, t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { href } from '../../router.js';
import { personName } from '../chats/names.js';
import { attemptText } from '../parts/attempt.js';
import { failureText } from '../parts/failure.js';
import { icon } from '../parts/icon.js';

/** @typedef {import('../../types.js').Message} Message */
/** @typedef {{tone: string, icon: string, title: unknown, detail?: unknown, at?: string|null, after?: number|null}} Step */

const STATES = /** @type {Record<string, [string, string]>} */ ({
  queued: ['idle', 'clock'],
  sending: ['info', 'send-horizontal'],
  sent: ['idle', 'check'],
  delivered: ['ok', 'check-check'],
  read: ['info', 'check-check'],
  played: ['info', 'play'],
  failed: ['bad', 'circle-alert'],
  unknown: ['warn', 'circle-question-mark'],
});

/** @param {any} step @returns {Step} */
function ofWebhook(step) {
  const { number, status, ms, failure, eventType, webhookId, url, deliveryState } = step;
  const good = status !== null && status >= 200 && status < 300;
  const words = number ? t('timeline.told', { number }) : t('timeline.gaveUp');
  const answer = [
    failure ? attemptText(failure, status) : status && `HTTP ${status}`,
    ms != null && number ? duration(ms) : '',
  ];
  return {
    tone: good ? 'ok' : number || deliveryState === 'failed' ? 'bad' : 'idle',
    icon: 'webhook',
    title: html`${words} <code class="text-xs">${eventType}</code>`,
    detail: html`<a class="link wrap-anywhere" href=${href('webhook', { id: webhookId })}>${url.replace(/^https?:\/\//, '')}</a>
      <span class="block ${good ? '' : 'text-bad'}">${answer.filter(Boolean).join(' · ')}</span>`,
  };
}

/** @param {any} step @param {Message} message @returns {Step} */
function ofStep(step, { direction }) {
  if (step.kind === 'webhook') return ofWebhook(step);
  if (step.kind === 'accepted')
    return direction === 'in'
      ? { tone: 'ok', icon: 'inbox', title: t('timeline.received'), detail: t('timeline.receivedText') }
      : { tone: 'ok', icon: 'inbox', title: t('timeline.accepted'), detail: t('timeline.acceptedText') };
  if (step.kind === 'edited') return { tone: 'idle', icon: 'pencil', title: t('timeline.edited') };
  if (step.kind === 'revoked') return { tone: 'idle', icon: 'trash-2', title: t('timeline.revoked') };
  const [tone, name] = STATES[step.state] ?? STATES.unknown;
  const detail = step.people
    ? peopleOf(step.people)
    : step.failure
      ? failureText(step.failure)
      : has(`stateTexts.${step.state}`)
        ? t(`stateTexts.${step.state}`)
        : nothing;
  return { tone, icon: name, title: t(`messageStates.${step.state}`), detail };
}

const WAY = ['sent', 'delivered', 'read'];

/** Attempts to come, one row for each webhook. A time that has passed is told no more: the webhook pauses. @param {any[]} attempts @param {number} now @returns {Step[]} */
function perWebhook(attempts, now) {
  /** @type {Map<string, {first: any, count: number}>} */
  const hooks = new Map();
  for (const first of attempts) {
    const known = hooks.get(first.webhookId);
    if (known) known.count += 1;
    else hooks.set(first.webhookId, { first, count: 1 });
  }
  return [...hooks.values()].map(({ first, count }) => {
    const at = Date.parse(first.nextAttemptAt) > now ? first.nextAttemptAt : null;
    return { ...ofWebhook(first), title: t('timeline.toTell', { count }), at };
  });
}

/** What has not happened yet, as far as it can be told. @param {Message} message @param {any[]} attempts @param {number} now @returns {Step[]} */
function toCome({ direction, state, states, failure, expiresAt, revokedAt }, attempts, now) {
  const tellings = perWebhook(attempts, now);
  if (direction === 'in' || failure || !state || revokedAt) return tellings;
  const reached = WAY.findLastIndex((name) => /** @type {any} */ (states)[name]);
  const next = state === 'played' ? [] : WAY.slice(reached + 1);
  const waits = {
    sent:
      expiresAt && state === 'queued'
        ? t('timeline.untilExpiry', { when: relative(expiresAt, now) })
        : t('timeline.waitsSent'),
    delivered: t('timeline.waitsDelivered'),
    read: t('timeline.waitsRead'),
  };
  const steps = next.map((name) => ({
    tone: 'idle',
    icon: STATES[name][1],
    title: t(`messageStates.${name}`),
    detail: name === next[0] ? waits[/** @type {'sent'} */ (name)] : nothing,
  }));
  return [...steps, ...tellings];
}

/** @param {Step} step @param {boolean} [open] whether it has not happened yet */
const row = (
  { tone, icon: name, title, detail, at, after },
  open = false,
) => html`<li class="stage ${open ? 'stage-open' : ''}">
  <span class="stage-icon text-${tone}">${icon(name)}</span>
  <div class="min-w-0 flex-1"><p class="font-medium">${open ? html`<span class="sr-only">${t('timeline.toCome')}: </span>` : nothing}${title}</p>${detail && detail !== nothing ? html`<div class="text-muted wrap-anywhere">${detail}</div>` : nothing}</div>
  ${at ? html`<p class="stage-time"><time datetime=${at} title=${dateTime(at)}>${timeExact(at)}</time>${after == null ? nothing : html`<span>+${duration(after)}</span>`}</p>` : nothing}
</li>`;

/** Names of a group's people that stand in a row; more are folded away. */
const IN_A_ROW = 4;

/** What happened at several people of a group, one after the other, is one step. @param {any[]} steps @returns {any[]} */
function gathered(steps) {
  /** @type {any[]} */
  const rows = [];
  for (const step of steps) {
    const last = rows.at(-1);
    if (step.recipient && last?.people && last.state === step.state) {
      last.people.push(step.recipient);
      last.until = step.at;
    } else rows.push(step.recipient ? { ...step, people: [step.recipient] } : step);
  }
  return rows;
}

/** @param {import('../../types.js').Person[]} people */
function peopleOf(people) {
  const names = people.map((person) => personName(person)).join(', ');
  if (people.length <= IN_A_ROW) return names;
  return html`<details><summary>${t('timeline.people', { count: people.length })}</summary>${names}</details>`;
}

/** @param {Message} message @param {any[]} all @param {import('../../types.js').State} state */
export function timeline(message, all, { shell, messages }) {
  const steps = messages.page.hideHooks ? all.filter(({ kind }) => kind !== 'webhook') : all;
  const open = steps.filter((step) => step.kind === 'webhook' && step.number === 0 && step.nextAttemptAt);
  const done = gathered(steps.filter((step) => !open.includes(step)));
  const begin = done.length ? Date.parse(done[0].at) : 0;
  const rest = toCome(message, open, shell.now);
  return html`<ol class="stages">
    ${done.map((step, index) => row({ ...ofStep(step, message), at: step.at, after: index ? Math.max(0, Date.parse(step.at) - begin) : null }))}
    ${rest.map((step) => row(step, true))}
  </ol>
  ${all.some(({ kind }) => kind === 'webhook') ? nothing : html`<p class="mt-4 text-xs text-muted">${t('timeline.noWebhooks')}</p>`}`;
}

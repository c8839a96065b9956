// Badges: a state as an icon and a word, with a colour beside them.
import { t } from '../../i18n.js';
import { html } from '../../lit.js';
import { icon } from './icon.js';

/** @typedef {'ok'|'warn'|'bad'|'info'|'idle'} Tone */

/** @type {Record<import('../../types.js').SessionState, [Tone, string]>} */
const SESSION = {
  starting: ['info', 'loader-circle'],
  linking: ['info', 'qr-code'],
  connected: ['ok', 'circle-check'],
  reconnecting: ['warn', 'refresh-cw'],
  stopped: ['idle', 'pause'],
  loggedOut: ['warn', 'unlink'],
  failed: ['bad', 'circle-alert'],
};

/** @type {Record<import('../../types.js').MessageState, [Tone, string]>} */
const MESSAGE = {
  queued: ['idle', 'clock'],
  sending: ['info', 'loader-circle'],
  sent: ['idle', 'check'],
  delivered: ['idle', 'check-check'],
  read: ['info', 'check-check'],
  played: ['info', 'play'],
  failed: ['bad', 'circle-alert'],
  unknown: ['warn', 'circle-question-mark'],
};

/** @param {{tone: Tone, icon: string, label: string, spin?: boolean}} options */
export const badge = (options) =>
  html`<span class="badge tone-${options.tone}">${icon(options.icon, options.spin ? 'spin-slow' : '')}<span>${options.label}</span></span>`;

/** @param {import('../../types.js').SessionState} state */
export function sessionBadge(state) {
  const [tone, name] = SESSION[state] ?? ['idle', 'circle-question-mark'];
  return badge({ tone, icon: name, label: t(`sessionStates.${state}`) });
}

/** The colour that stands for a session's state, as for a dot or a bar. @param {import('../../types.js').SessionState} state */
export const sessionTone = (state) => SESSION[state]?.[0] ?? 'idle';

/** @param {import('../../types.js').MessageState} state */
export function messageBadge(state) {
  const [tone, name] = MESSAGE[state] ?? ['idle', 'circle-question-mark'];
  return badge({ tone, icon: name, label: t(`messageStates.${state}`), spin: state === 'sending' });
}

/** The small mark under a message, as people know it. @param {import('../../types.js').MessageState|null} state */
export function ticks(state) {
  if (!state) return '';
  const [tone, name] = MESSAGE[state] ?? MESSAGE.unknown;
  const label = t(`messageStates.${state}`);
  return html`<span class="ticks text-${tone}" role="img" aria-label=${label} title=${label}>${icon(name)}</span>`;
}

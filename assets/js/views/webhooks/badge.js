// How a webhook is, in a word and a colour.
import { time } from '../../format.js';
import { t } from '../../i18n.js';
import { badge } from '../parts/badge.js';
import { healthOf } from './health.js';

/** @type {Record<import('./health.js').Health, [import('../parts/badge.js').Tone, string]>} */
const LOOK = {
  gone: ['bad', 'circle-x'],
  off: ['idle', 'power'],
  paused: ['bad', 'pause'],
  failing: ['warn', 'triangle-alert'],
  new: ['idle', 'clock'],
  well: ['ok', 'circle-check'],
};

/** @param {import('../../types.js').Webhook} hook @param {number} now */
export function healthBadge(hook, now) {
  const state = healthOf(hook, now);
  const [tone, icon] = LOOK[state];
  return badge({
    tone,
    icon,
    label: t(`webhookHealth.${state}`, { count: hook.health.failuresInRow, until: time(hook.health.pausedUntil) }),
  });
}

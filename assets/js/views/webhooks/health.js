// How a webhook is and whom it is for, in plain words with the way out. Pure.
import { relative } from '../../format.js';
import { t } from '../../i18n.js';

/** @typedef {import('../../types.js').Webhook} Webhook */
/** @typedef {'gone'|'off'|'paused'|'failing'|'new'|'well'} Health */

/** @param {Webhook} hook @param {number} now @returns {Health} */
export function healthOf({ enabled, disabledReason, health }, now) {
  if (!enabled) return disabledReason === 'gone' ? 'gone' : 'off';
  if (health.pausedUntil && Date.parse(health.pausedUntil) > now) return 'paused';
  if (health.failuresInRow) return 'failing';
  return health.lastSuccessAt ? 'well' : 'new';
}

/** @param {Webhook} hook @param {number} now */
export const healthText = (hook, now) =>
  t(`webhookHealthText.${healthOf(hook, now)}`, {
    count: hook.health.failuresInRow,
    until: relative(hook.health.pausedUntil, now),
  });

/** The address without what may be long or secret in it. @param {string} url */
export function shortUrl(url) {
  try {
    const { host, pathname } = new URL(url);
    return pathname === '/' ? host : host + pathname;
  } catch {
    return url;
  }
}

/** Whom it is for. @param {Webhook} hook */
export const scopeText = ({ scope, clientId, sessionId }) =>
  t(`webhookScopes.${scope}Of`, { client: clientId, session: sessionId });

/** What it is told. @param {Webhook} hook */
export const eventsText = ({ events }) => (events.includes('*') ? t('webhooks.everything') : events.join(', '));

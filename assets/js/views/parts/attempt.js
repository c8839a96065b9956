// Why an attempt to tell a webhook failed, in plain words with the way out. Pure.
import { t } from '../../i18n.js';

/** Why an attempt failed, in words; for codes without them, what the daemon said. @param {{code: string, detail: string}} failure @param {number|null} status */
export function attemptText({ code, detail }, status) {
  const key = code === 'status' ? statusKey(status) : `webhookFailures.${code}`;
  const words = t(key, { status: status ?? '' });
  return words === key ? detail : words;
}

/** @param {number|null} status */
function statusKey(status) {
  if (status === 401 || status === 403) return 'webhookFailures.statusRefused';
  if (status === 404) return 'webhookFailures.statusMissing';
  if (status === 410) return 'webhookFailures.statusGone';
  return (status ?? 0) >= 500 ? 'webhookFailures.statusBroken' : 'webhookFailures.status';
}

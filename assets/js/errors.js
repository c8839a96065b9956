// An error in words, in the chosen language. Pure.
import { ApiError } from './api.js';
import { has, t } from './i18n.js';

/** The words for an error in the chosen language; for codes without words, what the API said. @param {any} error */
export function errorText(error) {
  const key = `errors.${error?.code}`;
  if (has(key)) return t(key, error.problem ?? {});
  return error instanceof ApiError ? error.message : t('errors.internal');
}

/** From so many seconds on, minutes are said. */
const MINUTES_FROM = 90;

/** When it can be tried again, where the API says so. @param {{retryAfter?: number|null}} error */
export function retryText({ retryAfter }) {
  if (!retryAfter) return '';
  if (retryAfter < MINUTES_FROM) return t('common.retryAfter', { count: retryAfter });
  return t('common.retryAfterMinutes', { count: Math.ceil(retryAfter / 60) });
}

// An error in words, in the chosen language. Pure.
import { ApiError } from './api.js';
import { has, t } from './i18n.js';

/** The words for an error in the chosen language; for codes without words, what the API said. @param {any} error */
export function errorText(error) {
  const key = `errors.${error?.code}`;
  if (has(key)) return t(key, error.problem ?? {});
  return error instanceof ApiError ? error.message : t('errors.internal');
}

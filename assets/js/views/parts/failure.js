// Why a message did not arrive, in plain words with the way out. Pure.
import { has, t } from '../../i18n.js';

/** @param {import('../../types.js').Failure} failure */
export function failureText({ code, detail }) {
  const key = `failures.${code}`;
  return has(key) ? t(key) : detail;
}

// What a form of a webhook says, as the API takes it, or what is wrong with it. Pure.

/** @typedef {{scope: string, all: boolean, patterns: string[], rows: {id: number, name: string}[], replace?: boolean}} Form */

const HEADER = /^[!#$%&'*+.^_`|~\w-]+$/;

/** @param {string} text */
function isUrl(text) {
  try {
    const { protocol, hostname, username, password } = new URL(text);
    return /^https?:$/.test(protocol) && hostname !== '' && !username && !password;
  } catch {
    return false;
  }
}

/** `whsec_` and base64 of 24 to 64 bytes. @param {string} text */
function isSecret(text) {
  const [, digits = ''] = /^whsec_([A-Za-z0-9+/]+)={0,2}$/.exec(text) ?? [];
  const bytes = Math.floor((digits.length * 3) / 4);
  return digits.length % 4 !== 1 && bytes >= 24 && bytes <= 64;
}

/** @param {FormData} data @param {Form} form @returns {{headers: Record<string, string>, wrong: boolean}} */
function headersOf(data, form) {
  const headers = /** @type {Record<string, string>} */ ({});
  let wrong = false;
  for (const { id } of form.rows) {
    const name = String(data.get(`header-${id}`) ?? '').trim();
    const value = String(data.get(`value-${id}`) ?? '').trim();
    if (!name && !value) continue;
    if (!HEADER.test(name) || !value || name.toLowerCase() in headers) wrong = true;
    else headers[name.toLowerCase()] = value;
  }
  return { headers, wrong };
}

/**
 * What to send, and by field the key of what is wrong.
 * @param {FormData} data @param {Form} form @param {boolean} editing
 */
export function check(data, form, editing) {
  const text = (/** @type {string} */ name) => String(data.get(name) ?? '').trim();
  const errors = /** @type {Record<string, string>} */ ({});
  const body = /** @type {Record<string, unknown>} */ ({ url: text('url'), events: form.all ? ['*'] : form.patterns });
  if (!isUrl(text('url'))) errors.url = 'webhooks.badUrl';
  if (!form.all && !form.patterns.length) errors.events = 'webhooks.noEvents';
  const { headers, wrong } = headersOf(data, form);
  if (wrong) errors.headers = 'webhooks.badHeaders';
  if (editing ? form.replace : Object.keys(headers).length) body.headers = headers;
  if (editing) return { body, errors };
  if (form.scope === 'client') {
    body.clientId = text('clientId');
    if (!body.clientId) errors.clientId = 'webhooks.noClient';
  }
  if (form.scope === 'session') {
    body.sessionId = text('sessionId');
    if (!body.sessionId) errors.sessionId = 'webhooks.noSession';
  }
  if (text('secret')) {
    body.secret = text('secret');
    if (!isSecret(text('secret'))) errors.secret = 'webhooks.badSecret';
  }
  return { body, errors };
}

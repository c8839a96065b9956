// The form of a new webhook, and of a change to one.
import { errorText } from '../../errors.js';
import { t } from '../../i18n.js';
import { html, nothing, repeat } from '../../lit.js';
import { NOUNS, typeName, typesOf } from '../events/words.js';
import { button } from '../parts/button.js';
import { dialog } from '../parts/dialog.js';
import { errorPanel } from '../parts/error.js';
import { checkbox, field, input } from '../parts/field.js';
import { icon } from '../parts/icon.js';
import { segmented } from '../parts/segmented.js';
import { select } from '../parts/select.js';
import { sessionInput } from '../parts/session-input.js';
import { check } from './check.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */
/** @typedef {import('../../types.js').Webhook} Webhook */

/** What is wrong with a field: a key of ours, or what the API said. @param {any} wrong */
const words = (wrong) => (!wrong ? null : typeof wrong === 'string' ? t(wrong) : errorText(wrong));

/** @param {string|null} error @param {string} id */
const groupError = (error, id) =>
  error ? html`<p class="field-error" id=${id} role="alert">${icon('circle-alert')}<span>${error}</span></p>` : nothing;

/** @param {State} state @param {Actions} actions */
function scopeFields({ shell, sessions, webhooks: { form } }, actions) {
  const scopes = form.ownClient ? ['all', 'session'] : ['all', 'client', 'session'];
  const clients = shell.clients.map(({ clientId }) => ({ value: clientId, label: clientId }));
  const client = () => {
    const error = words(form.errors.clientId);
    return field({
      id: 'clientId',
      label: t('webhooks.client'),
      error,
      control: clients.length
        ? select({
            id: 'clientId',
            value: form.client ?? '',
            error,
            options: [{ value: '', label: t('webhooks.chooseClient') }, ...clients],
            onChange: (value) => actions.webhooks.form({ client: value }),
          })
        : input({ id: 'clientId', error }),
    });
  };
  const session = () => {
    const error = words(form.errors.sessionId);
    const control = sessionInput({
      id: 'sessionId',
      value: '',
      typed: form.typed ?? '',
      byId: sessions.byId,
      error,
      onTyped: (typed) => actions.webhooks.form({ typed }),
    });
    return field({ id: 'sessionId', label: t('webhooks.session'), error, control });
  };
  return html`<div class="space-y-3">
    <div><p class="label" aria-hidden="true">${t('webhooks.scope')}</p>
    ${segmented({ name: 'scope', label: t('webhooks.scope'), value: form.scope, options: scopes.map((value) => ({ value, label: t(`webhookScopes.${value}`) })), onChange: (scope) => actions.webhooks.form({ scope, errors: {} }) })}</div>
    ${form.scope === 'client' ? client() : form.scope === 'session' ? session() : nothing}
  </div>`;
}

/** @param {string[]} patterns @param {Actions} actions */
function picker(patterns, actions) {
  const known = new Set(NOUNS.flatMap((noun) => [`${noun}.*`, ...typesOf(noun)]));
  const box = (/** @type {string} */ pattern, /** @type {string} */ label, /** @type {string} */ hint) =>
    checkbox({
      id: `event-${pattern}`,
      name: 'events',
      label,
      hint,
      checked: patterns.includes(pattern),
      onChange: (on) => actions.webhooks.pattern(pattern, on),
    });
  return html`<div class="picker">
    ${NOUNS.map((noun) => {
      const whole = patterns.includes(`${noun}.*`);
      return html`<fieldset class="picker-group"><legend class="sr-only">${t(`eventNouns.${noun}`)}</legend>
        ${box(`${noun}.*`, t('webhooks.allOf', { noun: t(`eventNouns.${noun}`) }), `${noun}.*`)}
        ${whole ? nothing : html`<div class="picker-types">${typesOf(noun).map((type) => box(type, typeName(type), type))}</div>`}
      </fieldset>`;
    })}
    ${patterns.filter((pattern) => !known.has(pattern)).map((pattern) => html`<div class="picker-group">${box(pattern, pattern, '')}</div>`)}
  </div>`;
}

/** @param {State} state @param {Actions} actions */
function eventFields({ webhooks: { form } }, actions) {
  return html`<div class="space-y-3">
    <div><p class="label" aria-hidden="true">${t('webhooks.events')}</p>
    ${segmented({
      name: 'all',
      label: t('webhooks.events'),
      value: form.all ? 'all' : 'some',
      options: [
        { value: 'all', label: t('webhooks.everything') },
        { value: 'some', label: t('webhooks.chosen') },
      ],
      onChange: (value) => actions.webhooks.form({ all: value === 'all', errors: {} }),
    })}</div>
    ${form.all ? html`<p class="field-hint">${t('webhooks.everythingHint')}</p>` : picker(form.patterns, actions)}
    ${groupError(words(form.errors.events), 'events-error')}
  </div>`;
}

/** @param {State} state @param {Actions} actions */
function headerFields({ webhooks: { form } }, actions) {
  const row = (/** @type {{id: number, name: string}} */ { id, name }) => html`<div class="header-row">
    <input class="input font-mono" name="header-${id}" .value=${name} aria-label=${t('webhooks.headerName')} placeholder=${t('webhooks.headerName')} autocomplete="off" spellcheck="false" />
    <input class="input font-mono" name="value-${id}" aria-label=${t('webhooks.headerValue')} placeholder=${t('webhooks.headerValue')} autocomplete="off" spellcheck="false" />
    ${button({ label: t('webhooks.removeHeader'), icon: 'x', kind: 'quiet', iconOnly: true, onClick: () => actions.webhooks.removeHeader(id) })}
  </div>`;
  return html`<div class="space-y-2" role="group" aria-label=${t('webhooks.headers')}>
    ${repeat(form.rows, (/** @type {any} */ { id }) => id, row)}
    ${groupError(words(form.errors.headers), 'headers-error')}
    ${form.rows.length < 20 ? button({ label: t('webhooks.addHeader'), icon: 'plus', small: true, onClick: () => actions.webhooks.addHeader() }) : nothing}
    <p class="field-hint">${t('webhooks.headersHint')}</p>
  </div>`;
}

/** Of one that is there, values are not shown again: all stay, or all are written anew. @param {State} state @param {Actions} actions @param {Webhook} hook */
function headersThere(state, actions, hook) {
  const { form } = state.webhooks;
  const names = Object.keys(hook.headers);
  const replace = () => {
    actions.webhooks.form({ replace: true });
    for (const name of names.length ? names : ['']) actions.webhooks.addHeader(name);
  };
  const body = form.replace
    ? headerFields(state, actions)
    : html`<p class="mb-2 text-muted wrap-anywhere">${names.length ? t('webhooks.headersThere', { names: names.join(', ') }) : t('webhooks.headersNone')}</p>
        ${button({ label: names.length ? t('webhooks.replaceHeaders') : t('webhooks.addHeader'), icon: 'pencil', small: true, onClick: replace })}`;
  return html`<div><p class="label">${t('webhooks.headers')}</p>${body}</div>`;
}

/** @param {State} state @param {Actions} actions */
function more(state, actions) {
  const { form } = state.webhooks;
  const error = words(form.errors.secret);
  return html`<details class="more" ?open=${Boolean(error || form.errors.headers)}>
    <summary>${icon('chevron-right')}${t('webhooks.more')}</summary>
    <div class="space-y-5 pt-4">
      <div><p class="label">${t('webhooks.headers')}</p>${headerFields(state, actions)}</div>
      ${field({ id: 'secret', label: t('webhooks.ownSecret'), optional: t('common.optional'), hint: t('webhooks.ownSecretHint'), error, control: input({ id: 'secret', mono: true, error, hint: true, placeholder: 'whsec_…' }) })}
    </div>
  </details>`;
}

/** @param {State} state @param {Actions} actions */
export function webhookForm(state, actions) {
  const { shell, webhooks } = state;
  if (shell.dialog?.name !== 'webhook') return nothing;
  const hook = /** @type {Webhook|null} */ (shell.dialog.hook);
  const { form } = webhooks;
  const urlError = words(form.errors.url);
  /** @param {FormData} data @param {SubmitEvent} event */
  const submit = (data, event) => {
    const { body, errors } = check(data, /** @type {any} */ (form), Boolean(hook));
    if (!Object.keys(errors).length) return void (form.busy || actions.webhooks.save(hook, body));
    actions.webhooks.form({ errors, error: null });
    const first = Object.keys(errors)[0];
    /** @type {HTMLElement|null} */ (
      /** @type {HTMLElement} */ (event.currentTarget).querySelector(`[name="${first}"]`)
    )?.focus();
  };
  return dialog({
    id: 'webhook',
    title: hook ? t('webhooks.editTitle') : t('webhooks.createTitle'),
    wide: true,
    onClose: actions.closeDialog,
    onSubmit: submit,
    body: html`<div class="space-y-6">
      ${form.error ? errorPanel({ error: form.error }) : nothing}
      ${field({ id: 'url', label: t('webhooks.url'), hint: t('webhooks.urlHint'), error: urlError, control: input({ id: 'url', type: 'url', inputmode: 'url', value: hook?.url ?? '', mono: true, error: urlError, hint: true, placeholder: 'https://example.com/wamux' }) })}
      ${hook ? nothing : scopeFields(state, actions)}
      ${eventFields(state, actions)}
      ${hook ? headersThere(state, actions, hook) : more(state, actions)}
    </div>`,
    footer: html`${button({ label: t('common.cancel'), onClick: actions.closeDialog })}
      ${button({ label: hook ? t('common.save') : t('webhooks.create'), kind: 'primary', type: 'submit', busy: form.busy })}`,
  });
}

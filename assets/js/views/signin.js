// The way in: an API key, kept for this tab or on this device.
import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { button } from './parts/button.js';
import { errorPanel } from './parts/error.js';
import { accountName, checkbox, field, input } from './parts/field.js';
import { mark } from './parts/icon.js';
import { languageChoice } from './parts/language.js';
import { toasts } from './parts/toast.js';

/** @param {State} state @param {Actions} actions */
function outcome({ shell: { signInError: error, signingIn } }, actions) {
  if (!error || error.status === 401) return nothing;
  return errorPanel({ error, onRetry: actions.retry, busy: signingIn });
}

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */

/** @param {State} state @param {Actions} actions */
export function view(state, actions) {
  const { signInError, signingIn } = state.shell;
  const error = signInError?.status === 401 ? t('signIn.wrongKey') : null;
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const data = new FormData(form);
    const key = String(data.get('key') ?? '');
    if (!key.trim()) form.querySelector('input')?.focus();
    else if (!signingIn) actions.signIn(key, data.get('keep') !== null);
  };
  return html`<main class="signin">
    <div class="signin-box">
      <div class="mb-8 flex items-center justify-center gap-3">${mark}<span class="text-xl font-semibold tracking-tight">wamux</span></div>
      <form class="card card-pad space-y-5" @submit=${submit} novalidate>
        <div class="space-y-1"><h1 class="page-title" tabindex="-1">${t('signIn.title')}</h1><p class="text-muted">${t('signIn.text')}</p></div>
        ${outcome(state, actions)}
        ${accountName}
        ${field({
          id: 'key',
          label: t('signIn.key'),
          hint: t('signIn.keyHint'),
          error,
          control: input({
            id: 'key',
            type: 'password',
            autocomplete: 'current-password',
            mono: true,
            required: true,
            error,
            hint: true,
          }),
        })}
        ${checkbox({ id: 'keep', label: t('signIn.keep'), hint: t('signIn.keepHint') })}
        ${button({ label: t('signIn.go'), kind: 'primary', type: 'submit', busy: signingIn, classes: 'w-full' })}
      </form>
      <div class="mt-6 flex justify-center">${languageChoice(state, actions)}</div>
    </div>
    ${toasts(state, actions)}
  </main>`;
}

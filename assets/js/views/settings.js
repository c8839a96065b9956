// What this browser keeps: language, theme, key. And what it is talking to.
import { t } from '../i18n.js';
import { html } from '../lit.js';
import { button } from './parts/button.js';
import { accountName, field, input } from './parts/field.js';
import { languageChoice } from './parts/language.js';
import { card, facts, page } from './parts/page.js';
import { segmented } from './parts/segmented.js';
import { toggle } from './parts/switch.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */

/** @param {string} title @param {string} text @param {unknown} control */
const setting = (title, text, control) => html`<div class="setting">
  <div class="min-w-0"><h3 class="font-medium">${title}</h3><p class="text-muted">${text}</p></div>
  ${control}
</div>`;

/** @param {State} state @param {Actions} actions */
const appearance = (state, actions) =>
  card({
    id: 'appearance',
    title: t('settings.appearance'),
    flush: true,
    body: html`${setting(t('settings.language'), t('settings.languageText'), languageChoice(state, actions))}
      ${setting(
        t('settings.theme'),
        t('settings.themeText'),
        segmented({
          name: 'theme',
          label: t('settings.theme'),
          value: state.shell.theme,
          options: [
            { value: 'system', label: t('settings.themeSystem'), icon: 'monitor' },
            { value: 'light', label: t('settings.themeLight'), icon: 'sun' },
            { value: 'dark', label: t('settings.themeDark'), icon: 'moon' },
          ],
          onChange: actions.chooseTheme,
        }),
      )}`,
  });

/** @param {State} state @param {Actions} actions */
function keyCard({ shell }, actions) {
  const change = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const key = String(new FormData(form).get('newKey') ?? '').trim();
    if (key) actions.changeKey(key).then((worked) => worked && form.reset());
    else form.querySelector('input')?.focus();
  };
  return card({
    id: 'key',
    title: t('settings.key'),
    text: t('settings.keyText'),
    body: html`<div class="space-y-5">
      ${toggle({ id: 'keep-key', label: t('signIn.keep'), hint: t('signIn.keepHint'), on: shell.kept, onChange: actions.keepKey })}
      <form class="flex flex-wrap items-end gap-3" @submit=${change} novalidate>
        ${accountName}
        <div class="min-w-0 grow basis-60">${field({ id: 'newKey', label: t('settings.newKey'), control: input({ id: 'newKey', type: 'password', autocomplete: 'new-password', mono: true }) })}</div>
        ${button({ label: t('settings.changeKey'), type: 'submit' })}
      </form>
      <div class="border-t border-line pt-5">${button({ label: t('settings.signOut'), icon: 'log-out', onClick: () => actions.signOut() })}</div>
    </div>`,
  });
}

/** @param {State} state */
function about({ shell: { me } }) {
  return card({
    id: 'about',
    title: t('settings.about'),
    body: facts([
      [t('settings.version'), me?.version ?? '–'],
      [t('settings.build'), t(me?.build === 'sandbox' ? 'settings.buildSandbox' : 'settings.buildProduction')],
      [t('settings.scopes'), me?.scopes.join(', ') ?? '–'],
      [t('settings.client'), me?.clientId ?? t('settings.allClients')],
      [t('settings.api'), html`<a class="link" href="/docs">${t('settings.apiPage')}</a>`],
    ]),
  });
}

/** @param {State} state @param {Actions} actions */
export const view = (state, actions) =>
  page({
    title: t('nav.settings'),
    subtitle: t('settings.subtitle'),
    narrow: true,
    body: html`<div class="space-y-6">${appearance(state, actions)}${keyCard(state, actions)}${about(state)}</div>`,
  });

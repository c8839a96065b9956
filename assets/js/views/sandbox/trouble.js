// What WhatsApp's server, or bad luck, can do to the sessions of a simulated phone.
import { t } from '../../i18n.js';
import { html } from '../../lit.js';
import { button } from '../parts/button.js';
import { card } from '../parts/page.js';
import { select } from '../parts/select.js';

/** @param {string} title @param {string} text @param {unknown} controls */
const row = (title, text, controls) => html`<div class="setting">
  <div class="min-w-0 flex-1 basis-64"><h3 class="font-medium">${title}</h3><p class="text-muted">${text}</p></div>
  <div class="flex flex-wrap items-center gap-2">${controls}</div>
</div>`;

/** How long a ban is, in seconds. */
const BANS = [60, 3_600, 86_400];

/** @param {import('../../types.js').State} _state @param {import('../../simulated.js').Phone} phone @param {import('../../types.js').Actions} actions */
export function troubleCard(_state, { phone, devices }, actions) {
  const does = actions.sandbox;
  const ban = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    does.ban(phone, Number(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get('ban-for')));
  };
  return card({
    id: 'trouble',
    title: t('sandbox.trouble'),
    text: devices.length ? t('sandbox.troubleText') : t('sandbox.troubleNone'),
    flush: true,
    body: html`${row(t('sandbox.kick'), t('sandbox.kickText'), button({ label: t('sandbox.kickGo'), icon: 'scissors', disabled: !devices.length, onClick: () => does.kick(phone) }))}
      ${row(
        t('sandbox.silent'),
        t('sandbox.silentText'),
        html`${button({ label: t('sandbox.silentGo'), icon: 'bell', onClick: () => does.silent(phone, true) })}${button({ label: t('sandbox.silentEnd'), kind: 'quiet', onClick: () => does.silent(phone, false) })}`,
      )}
      ${row(
        t('sandbox.ban'),
        t('sandbox.banText'),
        html`<form class="flex gap-2" @submit=${ban}>
            <div class="w-32">${select({ id: 'ban-for', label: t('sandbox.banFor'), value: '3600', options: BANS.map((seconds) => ({ value: String(seconds), label: t(`sandboxBans.${seconds}`) })) })}</div>
            ${button({ label: t('sandbox.banGo'), icon: 'ban', type: 'submit' })}
          </form>
          ${button({ label: t('sandbox.forgive'), kind: 'quiet', icon: 'undo-2', onClick: () => does.forgive(phone) })}`,
      )}`,
  });
}

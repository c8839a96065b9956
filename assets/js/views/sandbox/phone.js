// One simulated phone: who it is, its linked sessions, how to link one, its chats, and trouble for it.
import { phone as phoneWords } from '../../format.js';
import { t } from '../../i18n.js';
import { html, keyed, nothing } from '../../lit.js';
import { href } from '../../router.js';
import { badge } from '../parts/badge.js';
import { button, linkButton } from '../parts/button.js';
import { css } from '../parts/css.js';
import { field, input } from '../parts/field.js';
import { icon } from '../parts/icon.js';
import { card } from '../parts/page.js';
import { select } from '../parts/select.js';
import { chatCard } from './chat.js';
import { troubleCard } from './trouble.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */
/** @typedef {import('../../simulated.js').Phone} Phone */

/** A face: the first letter on a colour that stays the person's own. @param {Phone} phone */
export function avatar({ name, phone, online }) {
  const hue = (Number(phone.slice(-6)) * 137) % 360;
  return html`<span class="avatar ${online ? '' : 'is-off'}" aria-hidden="true" ${css({ '--hue': hue })}>${(name || '#').slice(0, 1).toUpperCase()}</span>`;
}

/** @param {State} state @param {Phone} phone @param {Actions} actions */
function head({ sandbox }, phone, actions) {
  const mood = sandbox.moods[phone.phone] ?? {};
  const banned = (mood.bannedUntil ?? 0) > 0;
  return html`<section class="card card-pad flex flex-wrap items-center gap-x-4 gap-y-3" aria-labelledby="phone-name">
    ${avatar(phone)}
    <div class="min-w-0 flex-1 basis-48">
      <div class="flex flex-wrap items-center gap-2">
        <h2 class="text-base font-semibold wrap-anywhere" id="phone-name">${phone.name || phoneWords(phone.phone)}</h2>
        ${phone.online ? badge({ tone: 'ok', icon: 'wifi', label: t('sandbox.online') }) : badge({ tone: 'idle', icon: 'wifi-off', label: t('sandbox.offline') })}
        ${banned ? badge({ tone: 'bad', icon: 'ban', label: t('sandbox.isBanned') }) : nothing}
        ${mood.silent ? badge({ tone: 'warn', icon: 'bell', label: t('sandbox.isSilent') }) : nothing}
      </div>
      <p class="text-muted">${phoneWords(phone.phone)} <span class="text-xs whitespace-nowrap sm:ml-2">LID ${phone.lid}</span></p>
    </div>
    ${button({
      label: phone.online ? t('sandbox.goOffline') : t('sandbox.goOnline'),
      icon: phone.online ? 'wifi-off' : 'wifi',
      onClick: () => actions.sandbox.online(phone.phone, !phone.online),
    })}
  </section>`;
}

/** @param {State} state @param {Phone} phone @param {Actions} actions */
function devices({ sessions }, phone, actions) {
  const linked = [...sessions.byId.values()].filter((session) => session.phone === phone.phone);
  const one = (/** @type {import('../../simulated.js').Device} */ device) => {
    // One account has one session as a rule; which device is which, the simulator does not say.
    const session = phone.devices.length === 1 && linked.length === 1 ? linked[0] : null;
    return html`<li class="device">
      ${icon('link', 'text-muted')}
      <div class="min-w-0 flex-1"><p class="truncate font-medium">${session ? html`<a class="link" href=${href('session', { id: session.id })}>${session.name ?? session.id}</a>` : `${device.platform} ${device.device}`}</p>
        <p class="text-xs text-muted">${device.online ? t('sandbox.deviceOnline') : t('sandbox.deviceOffline')}${device.pending ? ` · ${t('sandbox.pending', { count: device.pending })}` : ''}</p></div>
      ${button({ label: t('sandbox.unlink'), icon: 'unlink', small: true, onClick: () => actions.sandbox.unlink(phone.phone, device.device) })}
    </li>`;
  };
  return phone.devices.length
    ? html`<div><h3 class="label">${t('sandbox.linked')}</h3><p class="field-hint mb-2">${t('sandbox.unlinkText')}</p><ul class="devices">${phone.devices.map(one)}</ul></div>`
    : nothing;
}

/** @param {State} state @param {Phone} phone @param {Actions} actions */
function scanForm({ sessions, sandbox }, phone, actions) {
  const waiting = [...sessions.byId.values()].filter(({ state }) => state === 'linking' || state === 'starting');
  if (!waiting.length)
    return html`<div class="flex flex-wrap items-center justify-between gap-3"><p class="min-w-0 flex-1 basis-60 text-muted">${t('sandbox.noneToScan')}</p>${linkButton({ label: t('nav.sessions'), icon: 'smartphone', href: href('sessions') })}</div>`;
  const scan = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    actions.sandbox.scan(phone.phone, String(form.get('scan-session')));
  };
  return html`<form class="inline-form" @submit=${scan}>
    <div class="min-w-0 flex-1 basis-48">${field({
      id: 'scan-session',
      label: t('sandbox.scan'),
      hint: t('sandbox.scanText'),
      control: select({
        id: 'scan-session',
        value: waiting[0].id,
        hint: true,
        options: waiting.map((session) => ({
          value: session.id,
          label: session.name ? `${session.name} (${session.id})` : session.id,
        })),
      }),
    })}</div>
    ${button({ label: t('sandbox.scanGo'), icon: 'qr-code', kind: 'primary', type: 'submit', busy: sandbox.busy === 'mock-phone/scan-qr' })}
  </form>`;
}

/** @param {State} state @param {Phone} phone @param {Actions} actions */
function codeForm({ sandbox }, phone, actions) {
  const type = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const code = String(new FormData(form).get('pairing-code')).trim();
    if (!code) return form.querySelector('input')?.focus();
    if (await actions.sandbox.enterCode(phone.phone, code)) form.reset();
  };
  return html`<form class="inline-form" @submit=${type} novalidate>
    <div class="min-w-0 flex-1 basis-48">${field({
      id: 'pairing-code',
      label: t('sandbox.code'),
      hint: t('sandbox.codeText', { phone: phoneWords(phone.phone) }),
      control: input({ id: 'pairing-code', placeholder: 'ABCD-1234', mono: true, maxlength: 12, hint: true }),
    })}</div>
    ${button({ label: t('sandbox.codeGo'), icon: 'key-round', type: 'submit', busy: sandbox.busy === 'phone/enter-code' })}
  </form>`;
}

/** @param {State} state @param {Phone} phone @param {Actions} actions */
const linkCard = (state, phone, actions) =>
  card({
    id: 'link',
    title: t('sandbox.link'),
    body: html`<div class="space-y-5">${devices(state, phone, actions)}${scanForm(state, phone, actions)}${codeForm(state, phone, actions)}</div>`,
  });

/** @param {State} state @param {import('../../simulated.js').World} world @param {Phone} phone @param {Actions} actions */
export const phoneDetail = (state, world, phone, actions) =>
  // Each phone has forms of its own, so that nothing that was typed goes from one to another.
  keyed(
    phone.phone,
    html`<div class="space-y-4">${head(state, phone, actions)}
      <div class="phone-cards">${linkCard(state, phone, actions)}${chatCard(state, world, phone, actions)}${troubleCard(state, phone, actions)}</div>
    </div>`,
  );

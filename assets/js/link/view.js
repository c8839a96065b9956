// The page behind a pairing link: who asks, how far it is, and what to do now.
import { phone } from '../format.js';
import { LANGUAGES, language, t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { linkButton } from '../views/parts/button.js';
import { countdown } from '../views/parts/countdown.js';
import { icon } from '../views/parts/icon.js';
import { stageView } from '../views/parts/linking/linking.js';
import { moment } from '../views/parts/linking/moment.js';
import { progress } from '../views/parts/linking/progress.js';
import { scanPanel } from '../views/parts/linking/scan.js';
import { typePanel } from '../views/parts/linking/type.js';

/**
 * @typedef {object} PageState
 * @property {'loading'|'ready'|'gone'} phase
 * @property {boolean} online
 * @property {boolean} busy too many tabs wait with the same link
 * @property {import('./follow.js').LinkView|null} view
 * @property {import('../store/linking.js').Linking} linking
 * @property {string} logo the address of the brand's picture, if there is one
 */
/** @typedef {import('../views/parts/linking/linking.js').LinkingActions & {chooseLanguage: (language: string) => void}} PageActions */

/** @param {PageState} state @param {PageActions} on */
const head = ({ view, logo }, on) => html`<header class="link-head">
  <div class="flex min-w-0 items-center gap-2.5">
    ${logo ? html`<img class="link-logo" src=${logo} alt="" />` : nothing}
    <span class="truncate font-semibold" translate="no">${view?.branding.name ?? ''}</span>
  </div>
  <label class="select shrink-0"><span class="sr-only">${t('settings.language')}</span>
    <select class="input" @change=${(/** @type {any} */ event) => on.chooseLanguage(event.target.value)}>
      ${Object.entries(LANGUAGES).map(([value, label]) => html`<option value=${value} lang=${value} ?selected=${value === language()}>${label}</option>`)}
    </select>${icon('chevron-down')}</label>
</header>`;

/** Code and picture side by side; on a phone the code first, for its own screen cannot be scanned. @param {PageState} state @param {PageActions} on */
function codes({ linking }, on) {
  const type = html`<section class="link-way" aria-labelledby="way-type">
    <h2 id="way-type" class="font-semibold">${t('pairing.typeTitle')}</h2>${typePanel(linking, on)}</section>`;
  const scan = html`<section class="link-way" aria-labelledby="way-scan">
    <h2 id="way-scan" class="font-semibold">${t('pairing.scanTitle')}</h2>${scanPanel(linking, on)}</section>`;
  return html`<div class="space-y-6">
    <div role="status" class="space-y-1 text-center">
      <p class="text-base font-semibold">${t('pairing.openTitle')}</p>
      <p class="text-muted">${t('pairing.openText')}</p>
    </div>
    <div class="link-ways">${linking.codeFirst ? [type, scan] : [scan, type]}</div>
    <section aria-labelledby="way-how" class="border-t border-line pt-5">
      <h2 id="way-how" class="mb-3 font-semibold">${t('pairing.howTitle')}</h2>
      <ol class="howto">
        <li>${t('linking.stepOpen')}</li>
        <li><span>${t('linking.stepMenu')}</span>
          <ul>
            <li>${icon('ellipsis-vertical')}<span>${t('linking.stepAndroid')}</span></li>
            <li>${icon('settings')}<span>${t('linking.stepIphone')}</span></li>
          </ul></li>
        <li>${t('linking.stepLink')}</li>
        <li>${t('pairing.typeStep')}</li>
      </ol>
    </section>
  </div>`;
}

/** Only a page of the web: a link may name anything. @param {string|null|undefined} address */
function placeOf(address) {
  try {
    const url = new URL(address ?? '');
    return ['https:', 'http:'].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** @param {PageState} state */
function success({ view, linking }) {
  const back = placeOf(view?.returnUrl);
  const who = linking.account.phone
    ? html`<span class="block font-medium text-ink">${phone(linking.account.phone)}</span>`
    : nothing;
  return html`<div class="moment-done">${moment({
    icon: 'circle-check',
    tone: 'ok',
    title: t('linking.done'),
    text: html`${who}${t('pairing.doneText')}`,
    action: back
      ? linkButton({
          label: t('pairing.return', { host: back.host }),
          icon: 'arrow-right',
          kind: 'primary',
          href: back.href,
        })
      : undefined,
  })}</div>`;
}

/** @param {PageState} state @param {PageActions} on */
function body(state, on) {
  const { phase, linking } = state;
  if (phase === 'gone')
    return moment({ icon: 'unlink', tone: 'idle', title: t('pairing.goneTitle'), text: t('pairing.goneText') });
  if (phase === 'loading')
    return moment({
      icon: 'loader-circle',
      tone: 'info',
      title: t('pairing.waitingTitle'),
      text: t('common.loading'),
      spin: true,
    });
  if (linking.stage === 'done') return success(state);
  return stageView(linking, on) ?? codes(state, on);
}

/** The title of the page, and of its tab. @param {PageState} state */
export function titleOf({ view }) {
  const name = view?.branding.name;
  return name ? t('pairing.title', { name }) : t('pairing.titlePlain');
}

/** @param {PageState} state @param {PageActions} on */
export function linkPage(state, on) {
  const { phase, online, busy, view, linking } = state;
  const ready = phase === 'ready';
  const over = linking.stage === 'done';
  return html`<div class="link-page">
    ${head(state, on)}
    <main class="link-main" id="main" tabindex="-1">
      <h1 class="page-title text-center">${titleOf(state)}</h1>
      ${ready && !over ? html`<p class="mx-auto max-w-prose text-center text-muted">${t('pairing.intro')}</p>` : nothing}
      ${online ? nothing : html`<p class="cause bg-warn-soft" role="status">${icon('wifi-off', 'mt-0.5 text-warn')}<span class="flex-1">${t('pairing.offline')}</span></p>`}
      ${online && busy && ready && !over ? html`<p class="cause bg-warn-soft" role="status">${icon('triangle-alert', 'mt-0.5 text-warn')}<span class="flex-1">${t('pairing.busy')}</span></p>` : nothing}
      <div class="card card-pad">${ready ? progress(linking) : nothing}${body(state, on)}</div>
      ${ready && !over && view ? html`<p class="text-center text-xs text-muted">${t('pairing.linkGood')} ${countdown(view.expiresAt)}</p>` : nothing}
    </main>
  </div>`;
}

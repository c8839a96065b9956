// The sandbox: simulated people and their phones, what they do, and what goes wrong by chance.
import { phone as phoneWords } from '../format.js';
import { t } from '../i18n.js';
import { html, nothing, repeat } from '../lit.js';
import { href } from '../router.js';
import { button } from './parts/button.js';
import { empty } from './parts/empty.js';
import { errorPanel } from './parts/error.js';
import { icon } from './parts/icon.js';
import { card, page } from './parts/page.js';
import { skeletonRows } from './parts/skeleton.js';
import { dialogs } from './sandbox/dialogs.js';
import { faultsCard } from './sandbox/faults.js';
import { avatar, phoneDetail } from './sandbox/phone.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */
/** @typedef {import('../simulated.js').World} World */
/** @typedef {import('../simulated.js').Phone} Phone */

/** @param {State} state @param {Actions} actions */
export const enter = (state, actions) => (state.shell.me?.simulator ? actions.sandbox.follow() : undefined);

/** @param {Phone} phone @param {boolean} current @param {State} state */
function listItem(phone, current, { sessions }) {
  const linked = [...sessions.byId.values()].filter((session) => session.phone === phone.phone);
  const note = linked.length
    ? linked.map((session) => session.name ?? session.id).join(', ')
    : phone.devices.length
      ? t('sandbox.devices', { count: phone.devices.length })
      : phoneWords(phone.phone);
  return html`<li><a class="person" href=${href('sandbox', {}, { phone: phone.phone })} aria-current=${current ? 'true' : nothing}>
    ${avatar(phone)}
    <span class="min-w-0 flex-1"><span class="block truncate font-medium">${phone.name || phoneWords(phone.phone)}</span>
      <span class="person-note">${linked.length ? icon('link') : nothing}<span class="truncate">${note}</span></span></span>
    ${phone.online ? nothing : html`<span class="text-xs text-muted">${t('sandbox.offline')}</span>`}
  </a></li>`;
}

/** @param {World} world @param {Phone|undefined} chosen @param {State} state */
const people = (world, chosen, state) =>
  card({
    id: 'people',
    title: t('sandbox.phones'),
    flush: true,
    body: html`<ul class="people">${repeat(
      world.phones,
      (phone) => phone.phone,
      (phone) => listItem(phone, phone === chosen, state),
    )}</ul>`,
  });

/** @param {State} state @param {Actions} actions */
function content(state, actions) {
  const { status, error, world } = state.sandbox;
  if (!world) return status === 'failed' ? errorPanel({ error, onRetry: actions.sandbox.look }) : skeletonRows();
  const { phone: wanted } = state.shell.route.query;
  const chosen = world.phones.find(({ phone }) => phone === wanted) ?? world.phones[0];
  return html`${status === 'failed' ? html`<div class="mb-4">${errorPanel({ error, onRetry: actions.sandbox.look })}</div>` : nothing}
    <div class="sandbox">
      ${people(world, chosen, state)}
      <div class="min-w-0 space-y-4">${
        chosen
          ? phoneDetail(state, world, chosen, actions)
          : empty({ icon: 'smartphone', title: t('sandbox.noPhones'), text: t('sandbox.noPhonesText') })
      }</div>
    </div>
    <div class="mt-4">${faultsCard(state, world, actions)}</div>
    ${dialogs(state, world, chosen, actions)}`;
}

/** @param {State} state @param {Actions} actions */
export function view(state, actions) {
  const there = Boolean(state.shell.me?.simulator);
  return page({
    title: t('nav.sandbox'),
    subtitle: t('sandbox.subtitle'),
    actions:
      there && state.sandbox.world
        ? html`${button({ label: t('sandbox.newGroup'), icon: 'users', onClick: () => actions.openDialog('group') })}
          ${button({ label: t('sandbox.newPhone'), icon: 'plus', kind: 'primary', onClick: () => actions.openDialog('phone') })}`
        : undefined,
    body: there
      ? content(state, actions)
      : empty({ icon: 'flask-conical', title: t('sandbox.none'), text: t('sandbox.noneText') }),
  });
}

// Random faults: how likely each is, for whom, and how often each has happened.

import { number, percent, phone as phoneWords } from '../../format.js';
import { t } from '../../i18n.js';
import { html, keyed, nothing } from '../../lit.js';
import { FAULTS } from '../../simulated.js';
import { badge } from '../parts/badge.js';
import { button } from '../parts/button.js';
import { field, input } from '../parts/field.js';
import { card } from '../parts/page.js';
import { select } from '../parts/select.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */

/** Shows what a slider says while it moves. @param {Event} event */
function slide(event) {
  const slider = /** @type {HTMLInputElement} */ (event.target);
  const output = slider.closest('.slider')?.querySelector('output');
  if (output) output.textContent = percent(Number(slider.value) / 100);
  slider.setAttribute('aria-valuetext', percent(Number(slider.value) / 100));
}

/** @param {typeof FAULTS[number]} name @param {number} chance @param {number} count */
function slider(name, chance, count) {
  const value = Math.round(chance * 100);
  return html`<div class="slider">
    <div class="flex items-baseline justify-between gap-2"><label class="font-medium" for="fault-${name}">${t(`sandboxFaults.${name}`)}</label><output class="tabular-nums" for="fault-${name}" .textContent=${percent(value / 100)}></output></div>
    <input type="range" id="fault-${name}" name=${name} min="0" max="50" step="1" .value=${String(value)} aria-valuetext=${percent(value / 100)} aria-describedby="fault-${name}-hint" @input=${slide} />
    <p class="text-xs text-muted" id="fault-${name}-hint">${t(`sandboxFaultTexts.${name}`)} <span class="block text-ink">${t('sandbox.happened', { count })}</span></p>
  </div>`;
}

/** @param {State} state @param {import('../../simulated.js').World} world @param {Actions} actions */
export function faultsCard({ sandbox }, world, actions) {
  const plan = sandbox.faults?.plan ?? null;
  const counts = sandbox.faults?.counts ?? {};
  const whom = sandbox.page.faultsFor ?? '';
  const chances = (whom ? plan?.phones[whom] : plan?.all) ?? /** @type {any} */ ({});
  const begin = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const wanted = Object.fromEntries(FAULTS.map((name) => [name, Number(form.get(name)) / 100]));
    actions.sandbox.beginFaults(whom, { ...wanted, delayMaxMs: 3_000 }, Number(form.get('seed')) || 1);
  };
  return card({
    id: 'faults',
    title: t('sandbox.faults'),
    text: t('sandbox.faultsText'),
    actions: plan
      ? badge({ tone: 'warn', icon: 'zap', label: t('sandbox.faultsOn') })
      : badge({ tone: 'idle', icon: 'pause', label: t('sandbox.faultsOff') }),
    body: html`<form class="space-y-5" @submit=${begin}>
      <div class="grid gap-x-8 gap-y-5 sm:grid-cols-2 xl:grid-cols-4">${keyed(
        `${whom} ${Boolean(plan)}`,
        FAULTS.map((name) => slider(name, chances[name] ?? 0, counts[name] ?? 0)),
      )}</div>
      <div class="inline-form">
        <div class="min-w-0 flex-1 basis-48 sm:max-w-72">${field({
          id: 'faults-for',
          label: t('sandbox.faultsFor'),
          control: select({
            id: 'faults-for',
            value: whom,
            options: [
              { value: '', label: t('sandbox.everybody') },
              ...world.phones.map(({ phone, name }) => ({ value: phone, label: `${name} ${phoneWords(phone)}` })),
            ],
            onChange: (faultsFor) => actions.sandbox.page({ faultsFor }),
          }),
        })}</div>
        <div class="w-28">${field({ id: 'seed', label: t('sandbox.seed'), control: input({ id: 'seed', inputmode: 'numeric', value: String(plan?.seed ?? 1), pattern: '[0-9]*', maxlength: 9 }) })}</div>
        ${button({ label: plan ? t('sandbox.faultsChange') : t('sandbox.faultsGo'), icon: 'zap', type: 'submit', busy: sandbox.busy === 'faults' })}
        ${plan ? button({ label: t('sandbox.faultsEnd'), icon: 'square', kind: 'quiet', onClick: actions.sandbox.endFaults }) : nothing}
      </div>
      <p class="text-xs text-muted">${t('sandbox.seedText')} ${t('sandbox.worldFacts', { connections: number(world.connections), unknown: number(world.unknown) })}</p>
    </form>`,
  });
}

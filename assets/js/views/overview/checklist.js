// What to do first. The steps tick themselves off; once all are done they are gone for good.
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { href } from '../../router.js';
import { linkButton } from '../parts/button.js';
import { icon } from '../parts/icon.js';
import { card } from '../parts/page.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {{id: 'create'|'link'|'send', done: boolean, href: string}} Step */

/** The steps, or nothing when there are none left. @param {State} state @returns {Step[]|null} */
export function stepsOf({ sessions, stats, shell }) {
  if (sessions.status !== 'ready') return null;
  const all = [...sessions.byId.values()];
  const linked = all.some(({ phone, state }) => phone || state === 'connected');
  const talked = all.some(({ lastActivityAt }) => lastActivityAt) || Boolean(stats.data?.messages.out);
  if (all.length && linked && talked) return null;
  const unlinked = all.find(({ phone }) => !phone);
  const link = shell.me?.simulator
    ? href('sandbox')
    : unlinked
      ? href('session', { id: unlinked.id })
      : href('sessions');
  return [
    { id: 'create', done: all.length > 0, href: href('sessions') },
    { id: 'link', done: linked, href: link },
    { id: 'send', done: talked, href: href('messages') },
  ];
}

/** @param {State} state @param {Step[]} steps @param {import('../../types.js').Actions} _actions */
export function checklist({ shell }, steps, _actions) {
  const next = steps.find(({ done }) => !done);
  const words = (/** @type {Step} */ { id }) => (id === 'link' && shell.me?.simulator ? 'linkSandbox' : id);
  const step = (
    /** @type {Step} */ item,
    /** @type {number} */ index,
  ) => html`<li class="step ${item.done ? 'is-done' : ''}">
    <span class="step-mark">${item.done ? icon('check') : index + 1}</span>
    <div class="min-w-0 flex-1 basis-52">
      <h3 class="font-medium">${t(`overviewSteps.${words(item)}`)}${item.done ? html`<span class="sr-only"> (${t('overview.done')})</span>` : nothing}</h3>
      <p class="text-muted">${t(`overviewStepTexts.${words(item)}`)}</p>
    </div>
    ${item === next ? linkButton({ label: t(`overviewStepActions.${words(item)}`), icon: 'arrow-right', kind: 'primary', href: item.href }) : nothing}
  </li>`;
  return card({
    id: 'steps',
    title: t('overview.firstSteps'),
    text: t('overview.stepsDone', { done: steps.filter(({ done }) => done).length, count: steps.length }),
    flush: true,
    body: html`<ol class="steps">${steps.map(step)}</ol>`,
  });
}

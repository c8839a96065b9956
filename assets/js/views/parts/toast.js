// Outcomes, told at the edge of the page and to screen readers.
import { t } from '../../i18n.js';
import { html, nothing, repeat } from '../../lit.js';
import { button } from './button.js';
import { icon } from './icon.js';

const ICONS = { ok: 'circle-check', info: 'info', bad: 'circle-alert' };

/** @param {import('../../types.js').Toast} toast @param {import('../../types.js').Actions} actions */
function one(toast, actions) {
  const { action } = toast;
  const act = () => {
    actions.closeToast(toast.id);
    action?.run();
  };
  return html`<div class="toast">
    ${icon(ICONS[toast.kind], `toast-icon text-${toast.kind}`)}
    <div class="min-w-0 flex-1">
      <p class="font-medium wrap-anywhere">${toast.text}</p>
      ${toast.detail ? html`<p class="text-muted wrap-anywhere">${toast.detail}</p>` : nothing}
    </div>
    ${action ? button({ label: action.label, kind: 'quiet', small: true, onClick: act }) : nothing}
    ${button({ label: t('common.close'), icon: 'x', kind: 'quiet', small: true, iconOnly: true, onClick: () => actions.closeToast(toast.id) })}
  </div>`;
}

/** @param {import('../../types.js').State} state @param {import('../../types.js').Actions} actions */
export const toasts = ({ shell }, actions) => html`<section class="toasts" aria-label=${t('common.notices')}>
  <div class="contents" role="status" aria-live="polite">${repeat(
    shell.toasts,
    (toast) => toast.id,
    (toast) => one(toast, actions),
  )}</div>
</section>`;

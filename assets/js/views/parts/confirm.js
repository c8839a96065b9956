// The question before something that cannot be undone: what is lost, and perhaps a name to type.
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { button } from './button.js';
import { dialog } from './dialog.js';
import { field, input } from './field.js';

/** @param {import('../../types.js').State} state @param {import('../../types.js').Actions} actions */
export function confirmDialog({ shell: { confirm } }, actions) {
  if (!confirm) return nothing;
  const { title, text, points = [], confirmLabel, danger, typed } = confirm;
  const list = html`<ul class="list-disc space-y-1 pl-5 text-muted">${points.map((point) => html`<li>${point}</li>`)}</ul>`;
  const name = field({
    id: 'confirm-typed',
    label: t('common.typeToConfirm', { name: typed }),
    control: input({
      id: 'confirm-typed',
      name: 'typed',
      autocomplete: 'off',
      required: true,
    }),
  });
  return dialog({
    id: 'confirm',
    title,
    text,
    body: html`${points.length ? list : nothing}${typed ? name : nothing}`,
    onClose: () => actions.answerConfirm(false),
    onSubmit(form, event) {
      if (typed && form.get('typed') !== typed) {
        /** @type {HTMLFormElement} */ (event.currentTarget).querySelector('input')?.focus();
        return;
      }
      actions.answerConfirm(true);
    },
    footer: html`${button({ label: t('common.cancel'), onClick: () => actions.answerConfirm(false) })}
      ${button({ label: confirmLabel, kind: danger ? 'danger' : 'primary', type: 'submit' })}`,
  });
}

// Making a phone, making a group.
import { phone as phoneWords } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { digits } from '../../simulated.js';
import { button } from '../parts/button.js';
import { dialog } from '../parts/dialog.js';
import { checkbox, field, input } from '../parts/field.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */

/** @param {Actions} actions @param {string} label */
const foot = (actions, label) =>
  html`${button({ label: t('common.cancel'), onClick: actions.closeDialog })}${button({ label, kind: 'primary', type: 'submit' })}`;

/** @param {string|null} error @param {Actions} actions */
function phoneDialog(error, actions) {
  const create = async (/** @type {FormData} */ form) => {
    const name = String(form.get('phone-name-new')).trim();
    const number = String(form.get('phone-number'));
    const wrong = number.trim() && !/^\d{7,15}$/.test(digits(number)) ? t('sandbox.badNumber') : null;
    if (wrong) return actions.openDialog('phone', { error: wrong });
    if (await actions.sandbox.createPhone(name, number)) actions.closeDialog();
  };
  return dialog({
    id: 'new-phone',
    title: t('sandbox.newPhone'),
    text: t('sandbox.newPhoneText'),
    onClose: actions.closeDialog,
    onSubmit: create,
    body: html`${field({ id: 'phone-name-new', label: t('sandbox.name'), hint: t('sandbox.nameText'), control: input({ id: 'phone-name-new', maxlength: 60, hint: true }) })}
      ${field({ id: 'phone-number', label: t('sandbox.number'), optional: t('common.optional'), hint: t('sandbox.numberText'), error, control: input({ id: 'phone-number', type: 'tel', inputmode: 'tel', placeholder: '+55 11 99999-8888', error, hint: true }) })}`,
    footer: foot(actions, t('sandbox.create')),
  });
}

/** @param {import('../../simulated.js').World} world @param {import('../../simulated.js').Phone} by @param {string|null} error @param {Actions} actions */
function groupDialog(world, by, error, actions) {
  const create = async (/** @type {FormData} */ form) => {
    const subject = String(form.get('subject')).trim();
    if (!subject) return actions.openDialog('group', { error: t('sandbox.needsName') });
    const members = world.phones.map(({ phone }) => phone).filter((phone) => form.get(`member-${phone}`));
    if (await actions.sandbox.createGroup(by.phone, subject, members)) actions.closeDialog();
  };
  const others = world.phones.filter(({ phone }) => phone !== by.phone);
  return dialog({
    id: 'new-group',
    title: t('sandbox.newGroup'),
    text: t('sandbox.newGroupText', { name: by.name || phoneWords(by.phone) }),
    onClose: actions.closeDialog,
    onSubmit: create,
    body: html`${field({ id: 'subject', label: t('sandbox.subject'), error, control: input({ id: 'subject', maxlength: 100, error }) })}
      <fieldset class="space-y-2.5"><legend class="label">${t('sandbox.members')}</legend>
        ${others.map(({ phone, name }) => checkbox({ id: `member-${phone}`, label: `${name} ${phoneWords(phone)}` }))}
      </fieldset>`,
    footer: foot(actions, t('sandbox.create')),
  });
}

/** @param {State} state @param {import('../../simulated.js').World} world @param {import('../../simulated.js').Phone|undefined} chosen @param {Actions} actions */
export function dialogs({ shell }, world, chosen, actions) {
  const { name, error = null } = shell.dialog ?? /** @type {any} */ ({});
  if (name === 'phone') return phoneDialog(error, actions);
  if (name === 'group' && chosen) return groupDialog(world, chosen, error, actions);
  return nothing;
}

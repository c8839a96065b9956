// The dialogs of sessions: making one, and linking its phone.
import { t } from '../../i18n.js';
import { html, keyed, nothing } from '../../lit.js';
import { clientsOf, titleOf } from '../../sessions.js';
import { button } from '../parts/button.js';
import { dialog } from '../parts/dialog.js';
import { errorPanel } from '../parts/error.js';
import { field, input } from '../parts/field.js';
import { linkingView } from '../parts/linking/linking.js';
import { pairingPanel } from './pairing.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */

/** @param {State} state */
function fields({ shell, sessions }) {
  const { faults = {} } = sessions.page;
  const fault = (/** @type {string} */ name) => (faults[name] ? t(faults[name]) : null);
  const own = shell.me?.clientId;
  const one = (/** @type {string} */ id, /** @type {any} */ options) =>
    field({
      id,
      label: t(`sessions.${id}`),
      hint: t(`sessions.${id}Hint`),
      error: fault(id),
      optional: options.required ? undefined : t('common.optional'),
      control: input({ id, error: fault(id), hint: true, ...options }),
    });
  return html`${one('clientId', { required: true, list: 'clients', value: own ?? shell.dialog?.clientId ?? '', readonly: Boolean(own) })}
    <datalist id="clients">${clientsOf(sessions.byId).map(({ clientId }) => html`<option value=${clientId}></option>`)}</datalist>
    ${one('name', {})}
    ${one('sessionId', { mono: true })}`;
}

/** @param {State} state @param {Actions} actions */
function createDialog(state, actions) {
  const { creating = false, createError } = state.sessions.page;
  return dialog({
    id: 'create',
    title: t('sessions.new'),
    text: t('sessions.newText'),
    onClose: actions.closeDialog,
    async onSubmit(form, event) {
      const entered = /** @type {any} */ (
        Object.fromEntries(['clientId', 'sessionId', 'name'].map((name) => [name, String(form.get(name) ?? '').trim()]))
      );
      const element = /** @type {HTMLFormElement} */ (event.currentTarget);
      await actions.sessions.create(entered);
      // The next frame shows what is wrong; the first of it gets the focus.
      requestAnimationFrame(() => /** @type {any} */ (element.querySelector('[aria-invalid]'))?.focus());
    },
    body: html`${createError ? errorPanel({ error: createError }) : nothing}${fields(state)}`,
    footer: html`${button({ label: t('common.cancel'), onClick: actions.closeDialog })}
      ${button({ label: t('sessions.create'), kind: 'primary', type: 'submit', busy: creating })}`,
  });
}

/** @param {State} state @param {Actions} actions */
function linkDialog(state, actions) {
  const { linking, sessions, shell } = state;
  const session = sessions.byId.get(shell.dialog?.id);
  if (!session) return nothing;
  const { simulate, sign, send, ...on } = actions.sessions.linking;
  const ready = linking.stage === 'open' && (linking.method === 'scan' || linking.typed.code);
  const { pairing } = sessions.page;
  const panel =
    pairing?.id === session.id && linking.stage !== 'done'
      ? pairingPanel(pairing, { send, copy: actions.copy })
      : nothing;
  const codes = linking.stage === 'waiting' || linking.stage === 'open';
  const waits = codes || linking.stage === 'passkey';
  const sendLink = (/** @type {Event} */ event) => {
    const form = /** @type {HTMLElement} */ (event.currentTarget).closest('dialog');
    send();
    requestAnimationFrame(() =>
      requestAnimationFrame(() => form?.querySelector('.pairing')?.scrollIntoView({ block: 'nearest' })),
    );
  };
  return dialog({
    id: 'link',
    wide: true,
    title: t('sessions.linkTitle', { name: titleOf(session) }),
    onClose: actions.closeDialog,
    // A link is for somebody else: where there is something to do here, it stands below that.
    body: html`${codes ? panel : nothing}
      ${linkingView(linking, { ...on, copy: actions.copy, extension: { onClick: sign } })}
      ${codes ? nothing : panel}`,
    footer: waits
      ? html`${shell.me?.simulator && ready ? button({ label: t('sessions.simulate'), icon: 'flask-conical', onClick: simulate }) : nothing}
        ${button({ label: t('pairing.send'), icon: 'link', busy: pairing?.busy, onClick: sendLink })}`
      : undefined,
  });
}

/** The dialog that is open, if it is one of these. @param {State} state @param {Actions} actions */
export function sessionDialogs(state, actions) {
  const { dialog: open } = state.shell;
  if (open?.name !== 'create' && open?.name !== 'link') return nothing;
  // One may follow the other, and opens for itself then.
  return keyed(open.name, open.name === 'create' ? createDialog(state, actions) : linkDialog(state, actions));
}

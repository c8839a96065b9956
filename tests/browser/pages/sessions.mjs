// The list of sessions, a session's page, and the dialogs that belong to both.
import { dialog, toast } from './frame.mjs';

/** @typedef {import('../harness/browser.mjs').Tab} Tab */

/** What a name is followed by in a row: nothing, or the id. @param {string} name */
const begins = (name) => new RegExp(`^${name.replace(/[^\p{L}\p{N} ]/gu, '\\$&')}(\\s|$)`, 'u');

/** The link of a session in the list. @param {Tab} tab @param {string} name */
export const findSession = ({ page }, name) => page.getByRole('main').getByRole('link', { name: begins(name) });

/** Waits until the list shows a session in a state. @param {Tab} tab @param {string} name @param {string} state */
export const sessionIs = ({ page, t }, name, state) =>
  page
    .getByRole('row')
    .filter({ hasText: name })
    .getByText(t(`sessionStates.${state}`), { exact: true })
    .waitFor();

/** @param {Tab} tab */
export const searchBox = ({ page }) => page.getByRole('main').getByRole('searchbox');

/** Opens the form, from the list or from its empty state. @param {Tab} tab */
export const newSession = ({ page, t }) =>
  page
    .getByRole('main')
    .getByRole('button', { name: t('sessions.new') })
    .click();

/** Fills in the form and sends it. @param {Tab} tab @param {{clientId: string, name: string, sessionId: string}} values */
export async function fillSession(tab, { clientId, name, sessionId }) {
  const { t } = tab;
  const form = dialog(tab, t('sessions.new'));
  await form.getByLabel(t('sessions.clientId')).fill(clientId);
  await form.getByLabel(t('sessions.name')).fill(name);
  await form.getByLabel(t('sessions.sessionId')).fill(sessionId);
  await form.getByRole('button', { name: t('sessions.create') }).click();
}

/** Chooses to scan, which is not the first choice on a phone, and waits for the code. @param {Tab} tab @param {string} name */
export async function codeToScan(tab, name) {
  const { t } = tab;
  const linking = dialog(tab, t('sessions.linkTitle', { name }));
  await linking.getByRole('tab', { name: t('linking.scan') }).click();
  await linking.getByRole('img', { name: t('common.qrAlt') }).waitFor();
}

/** Waits until the page says that the phone is linked, and its dialog has closed by itself. @param {Tab} tab @param {string} name */
export async function linked(tab, name) {
  await dialog(tab, tab.t('sessions.linkTitle', { name })).waitFor({ state: 'detached' });
  await toast(tab, tab.t('sessions.linked', { name }));
}

/** @param {Tab} tab @param {string} name @param {string} verb */
export async function actOn({ page, t }, name, verb) {
  await page
    .getByRole('main')
    .getByRole('button', { name: t('sessions.moreOf', { name }) })
    .click();
  await page
    .getByRole('menu')
    .getByRole('menuitem', { name: t(`sessionVerbs.${verb}`) })
    .click();
}

/** Deletes a session, having read what is lost. @param {Tab} tab @param {string} name @param {string} typed */
export async function deleteSession(tab, name, typed) {
  const { t } = tab;
  await actOn(tab, name, 'delete');
  const question = dialog(tab, t('sessions.deleteTitle', { name }));
  await question.getByText(t('sessions.deleteMessages')).waitFor();
  await question.getByLabel(t('common.typeToConfirm', { name: typed })).fill(typed);
  await question.getByRole('button', { name: t('sessionVerbs.delete') }).click();
  await toast(tab, t('sessionDone.delete', { name }));
}

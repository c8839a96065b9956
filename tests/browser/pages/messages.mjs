// The form to send a text, and conversations.

/** @typedef {import('../harness/browser.mjs').Tab} Tab */

/** Sends a text with the form of the page on messages. @param {Tab} tab @param {{session: string, to: string, text: string}} values */
export async function sendText({ page, t }, { session, to, text }) {
  const main = page.getByRole('main');
  const from = main.getByRole('combobox', { name: t('messages.session') });
  await from.fill(session);
  await page.getByRole('option', { name: session }).first().click();
  await main.getByRole('combobox', { name: t('messages.to') }).fill(to);
  await main.getByRole('textbox', { name: t('messages.text') }).fill(text);
  await main.getByRole('button', { name: t('messages.send'), exact: true }).click();
}

/** What the form sent, and what became of it. @param {Tab} tab @param {string} text */
export const outcome = ({ page, t }, text) =>
  page
    .getByRole('region', { name: t('messages.sentHere') })
    .getByRole('listitem')
    .filter({ hasText: text });

/** Waits until the form says so of a text. @param {Tab} tab @param {string} text @param {string} state */
export const outcomeIs = (tab, text, state) =>
  outcome(tab, text)
    .getByText(tab.t(`messageStates.${state}`), { exact: true })
    .waitFor();

/** The conversation that is open. @param {Tab} tab */
export const conversation = ({ page, t }) => page.getByRole('region', { name: t('chats.conversation') });

/** The bubble with a text. @param {Tab} tab @param {string} text */
export const bubble = (tab, text) => conversation(tab).getByRole('listitem').filter({ hasText: text });

/** Waits until the ticks of a text say so. @param {Tab} tab @param {string} text @param {string} state */
export const ticksAre = (tab, text, state) =>
  bubble(tab, text)
    .getByRole('img', { name: tab.t(`messageStates.${state}`) })
    .waitFor();

/** Sends a text in the open conversation. @param {Tab} tab @param {string} text */
export async function answer(tab, text) {
  const field = conversation(tab).getByRole('textbox', { name: tab.t('chats.message') });
  await field.fill(text);
  await field.press('Enter');
}

/** The texts of the open conversation that fit, from top to bottom. @param {Tab} tab @param {RegExp} pattern */
export async function textsLike(tab, pattern) {
  const all = await conversation(tab).getByRole('listitem').allInnerTexts();
  return all.map((text) => pattern.exec(text)?.[0]).filter(Boolean);
}

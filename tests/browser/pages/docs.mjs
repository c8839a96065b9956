// The page of the API. Its words are Swagger UI's, in English.

/** @typedef {import('../harness/browser.mjs').Tab} Tab */

/** All operations, without what webhooks are told. @param {Tab} tab */
export const operations = ({ page }) => page.getByRole('main').locator('.opblock-tag-section .opblock');

/** One operation. @param {Tab} tab @param {string} method @param {string} path */
export const operation = ({ page }, method, path) =>
  page.locator(`.opblock-${method}`).filter({ has: page.locator(`[data-path="${path}"]`) });

/** Opens an operation. @param {import('playwright-core').Locator} operation */
export const unfold = (operation) => operation.getByRole('button', { expanded: false }).first().click();

/** Enters a key into the first way that it can be sent. @param {Tab} tab @param {string} key */
export async function authorize({ page }, key) {
  await page.getByRole('button', { name: 'Authorize', exact: true }).click();
  const form = page.locator('.auth-container').first();
  await form.getByLabel('Value').or(form.locator('input')).first().fill(key);
  await form.getByRole('button', { name: 'Apply credentials' }).click();
  await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
  await form.getByRole('button', { name: 'Close' }).click();
}

/** Sends what is filled in; gives status and body. @param {import('playwright-core').Locator} operation */
export async function execute(operation) {
  const answered = operation.page().waitForResponse(/\/api\//);
  await operation.getByRole('button', { name: 'Execute' }).click();
  const response = await answered;
  const shown = operation.locator('.live-responses-table .response');
  await shown.getByText(String(response.status()), { exact: true }).first().waitFor();
  return { status: response.status(), text: (await shown.allTextContents()).join() };
}

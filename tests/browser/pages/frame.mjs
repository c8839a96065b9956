// The frame around every page, and the way in.
import { KEY } from '../harness/daemon.mjs';

/** @typedef {import('../harness/browser.mjs').Tab} Tab */

/** Types the key into the sign-in form and sends it. @param {Tab} tab @param {{keep?: boolean}} [options] */
export async function signIn({ page, t }, { keep = false } = {}) {
  await page.getByLabel(t('signIn.key'), { exact: true }).fill(KEY);
  if (keep) await page.getByLabel(t('signIn.keep')).check();
  await page.getByRole('button', { name: t('signIn.go') }).click();
}

/** Waits until the indicator at the top says so. @param {Tab} tab @param {'live'|'connecting'|'polling'|'offline'} status */
export const waitForLive = ({ page, t }, status) =>
  page
    .getByRole('banner')
    .getByRole('status')
    .getByText(t(`live.${status}`), { exact: true })
    .waitFor();

/** Waits for a toast. @param {Tab} tab @param {string|RegExp} text */
export const toast = ({ page, t }, text) =>
  page
    .getByRole('region', { name: t('common.notices') })
    .getByText(text)
    .first()
    .waitFor();

/** Goes to a page by the navigation. @param {Tab} tab @param {string} name */
export async function go(tab, name) {
  const { page, t } = tab;
  const link = page
    .getByRole('navigation', { name: t('nav.main') })
    .getByRole('link', { name: t(`nav.${name}`), exact: true });
  if (await link.first().isVisible()) await link.first().click();
  else {
    await page.getByRole('button', { name: t('nav.more') }).click();
    await page
      .getByRole('dialog', { name: t('nav.more') })
      .getByRole('link', { name: t(`nav.${name}`) })
      .click();
  }
  await tab.heading(t(`nav.${name}`));
}

/** The dialog that is open. @param {Tab} tab @param {string|RegExp} [name] */
export const dialog = ({ page }, name) => page.getByRole('dialog', { name });

/** Escape closes what is open, whatever it is. @param {Tab} tab */
export async function closeOpen({ page }) {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').or(page.getByRole('menu')).first().waitFor({ state: 'detached' });
}

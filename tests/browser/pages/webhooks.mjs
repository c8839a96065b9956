// Webhooks: the list, the form, a webhook's page with its deliveries.
import { dialog, toast } from './frame.mjs';

/** @typedef {import('../harness/browser.mjs').Tab} Tab */

/** Makes a webhook for everything and puts its secret away. @param {Tab} tab @param {string} url */
export async function createWebhook(tab, url) {
  const { page, t } = tab;
  await page
    .getByRole('main')
    .getByRole('button', { name: t('webhooks.new') })
    .click();
  const form = dialog(tab, t('webhooks.createTitle'));
  await form.getByLabel(t('webhooks.url')).fill(url);
  await form.getByRole('button', { name: t('webhooks.create') }).click();
  const secret = dialog(tab, t('webhooks.created'));
  const block = secret.getByRole('figure', { name: t('webhooks.secret') });
  await block.getByText(/^whsec_/).waitFor();
  await block.getByRole('button', { name: t('common.copy') }).click();
  await block.getByRole('status').getByText(t('common.copied')).waitFor();
  await secret.getByRole('button', { name: t('webhooks.secretStored') }).click();
  await tab.heading(url.replace('http://', ''));
}

/** The latest event that the webhook on the page was told of. @param {Tab} tab */
export const latestDelivery = ({ page, t }) =>
  page
    .getByRole('table', { name: t('webhooks.deliveries') })
    .getByRole('row')
    .nth(1);

/** Opens it and has it delivered once more. @param {Tab} tab */
export async function redeliverLatest(tab) {
  const { t } = tab;
  await latestDelivery(tab).getByRole('link').click();
  await dialog(tab)
    .getByRole('button', { name: t('webhooks.redeliver') })
    .click();
  await toast(tab, t('webhooks.againOne'));
}

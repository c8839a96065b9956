// What opens over pages: how to come to each of them in a world, and that it is there.
import { dialog } from './frame.mjs';
import { actOn, codeToScan, newSession } from './sessions.mjs';
import { latestDelivery } from './webhooks.mjs';

/** @typedef {import('../harness/browser.mjs').Tab} Tab */
/** @typedef {import('../harness/world.mjs').World} World */

/** @type {Record<string, (tab: Tab, world: World) => Promise<unknown>>} */
export const DIALOGS = {
  async 'dialog-create'(tab) {
    await tab.open('#/sessions');
    await newSession(tab);
    await dialog(tab, tab.t('sessions.new')).waitFor();
  },
  async 'dialog-link'(tab, { pages }) {
    await tab.open(pages['session-to-link']);
    await tab.page.getByRole('button', { name: tab.t('sessionVerbs.link') }).click();
    await codeToScan(tab, 'Lima');
  },
  async 'dialog-menu'(tab) {
    await tab.open('#/sessions');
    await tab.page.getByRole('button', { name: tab.t('sessions.moreOf', { name: 'Quito' }) }).click();
    await tab.page.getByRole('menu').waitFor();
  },
  async 'dialog-delete'(tab) {
    await tab.open('#/sessions');
    await actOn(tab, 'Quito', 'delete');
    await dialog(tab, tab.t('sessions.deleteTitle', { name: 'Quito' })).waitFor();
  },
  async 'dialog-webhook'(tab) {
    await tab.open('#/webhooks');
    await tab.page
      .getByRole('main')
      .getByRole('button', { name: tab.t('webhooks.new') })
      .click();
    await dialog(tab, tab.t('webhooks.createTitle')).waitFor();
  },
  async 'dialog-delivery'(tab, { pages }) {
    await tab.open(pages.webhook);
    await latestDelivery(tab).getByRole('link').click();
    await dialog(tab)
      .getByRole('button', { name: tab.t('webhooks.redeliver') })
      .waitFor();
  },
  async 'dialog-event'(tab) {
    await tab.open('#/events');
    await tab.page.getByRole('table').getByRole('row').nth(1).getByRole('button').click();
    await dialog(tab).getByRole('figure', { name: 'JSON' }).waitFor();
  },
};

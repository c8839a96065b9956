// By keyboard alone: no pointer is ever moved here, and wherever the focus is, it can be seen.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { journey } from '../harness/browser.mjs';
import { ANA, BEN, Daemon, KEY } from '../harness/daemon.mjs';
import { press, tabTo, type } from '../harness/keyboard.mjs';
import { dialog, toast } from '../pages/frame.mjs';
import { outcomeIs } from '../pages/messages.mjs';
import { findSession, linked, sessionIs } from '../pages/sessions.mjs';

/** @type {Daemon} */
let daemon;
before(async () => {
  daemon = await Daemon.start();
});
after(() => daemon?.end());
const shared = () => daemon;

journey('sign in, link, send, delete: by keyboard alone', shared, { signedIn: false }, async (tab) => {
  const { page, t } = tab;
  const main = page.getByRole('main');
  const navigation = page.getByRole('navigation', { name: t('nav.main') });
  await tab.open('#/');
  await type(tab, page.getByLabel(t('signIn.key'), { exact: true }), KEY);
  await page.keyboard.press('Enter');

  await press(tab, navigation.getByRole('link', { name: t('nav.sessions'), exact: true }));
  await tab.heading(t('nav.sessions'));
  await press(tab, main.getByRole('button', { name: t('sessions.new') }));
  const form = dialog(tab, t('sessions.new'));
  await type(tab, form.getByLabel(t('sessions.clientId')), 'acme');
  await type(tab, form.getByLabel(t('sessions.name')), 'Front desk');
  await type(tab, form.getByLabel(t('sessions.sessionId')), 'front');
  await page.keyboard.press('Enter');
  await dialog(tab)
    .getByRole('img', { name: t('common.qrAlt') })
    .waitFor();
  await daemon.scan('front', ANA);
  await linked(tab, 'Front desk');
  await sessionIs(tab, 'Front desk', 'connected');

  await page.keyboard.press('Home');
  await press(tab, navigation.getByRole('link', { name: t('nav.messages'), exact: true }));
  await tab.heading(t('nav.messages'));
  // The only session that there is may be chosen already.
  await tabTo(tab, main.getByRole('combobox', { name: t('messages.session') }));
  await page.keyboard.press('ArrowDown');
  await page.getByRole('option', { name: 'Front desk' }).waitFor();
  await page.keyboard.press('Enter');
  await type(tab, main.getByRole('combobox', { name: t('messages.to') }), `+${BEN}`);
  await type(tab, main.getByRole('textbox', { name: t('messages.text') }), 'Typed');
  await press(tab, main.getByRole('button', { name: t('messages.send'), exact: true }));
  await outcomeIs(tab, 'Typed', 'delivered');

  await press(tab, navigation.getByRole('link', { name: t('nav.sessions'), exact: true }));
  await tab.heading(t('nav.sessions'));
  await press(tab, main.getByRole('button', { name: t('sessions.moreOf', { name: 'Front desk' }) }));
  const entry = page.getByRole('menuitem', { name: t('sessionVerbs.delete') });
  await tabTo(tab, entry, 'ArrowDown');
  await page.keyboard.press('Enter');
  const question = dialog(tab, t('sessions.deleteTitle', { name: 'Front desk' }));
  await question.waitFor();
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  await press(tab, main.getByRole('button', { name: t('sessions.moreOf', { name: 'Front desk' }) }));
  await tabTo(tab, entry, 'ArrowDown');
  await page.keyboard.press('Enter');
  await type(tab, question.getByRole('textbox'), 'front');
  await press(tab, question.getByRole('button', { name: t('sessionVerbs.delete') }));
  await toast(tab, t('sessionDone.delete', { name: 'Front desk' }));
  await findSession(tab, 'Front desk').waitFor({ state: 'detached' });
});

journey(
  'the first stop leads past the navigation, and a page is read out when it is come to',
  shared,
  {},
  async (tab) => {
    const { page, t } = tab;
    await tab.open('#/settings');
    await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
    await page.keyboard.press('Tab');
    await tabTo(tab, page.getByRole('link', { name: t('common.skip') }));
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'MAIN');
    await press(
      tab,
      page
        .getByRole('navigation', { name: t('nav.main') })
        .getByRole('link', { name: t('nav.events') })
        .first(),
    );
    const heading = await tab.heading(t('nav.events'));
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await heading.waitFor();
  },
);

journey('the focus stays on its row when others come and go, and is not lost with it', shared, {}, async (tab) => {
  const make = (/** @type {string} */ sessionId) => daemon.post('sessions', { clientId: 'acme', sessionId });
  const focused = () => tab.page.evaluate(() => document.activeElement?.textContent?.trim().split(/\s/)[0]);
  for (const id of ['beta', 'gamma']) await make(id);
  await tab.open('#/sessions');
  await tabTo(tab, findSession(tab, 'beta'));
  await tab.page.keyboard.press('ArrowDown');
  assert.equal(await focused(), 'gamma');
  await make('alpha');
  await findSession(tab, 'alpha').waitFor();
  assert.equal(await focused(), 'gamma');
  await daemon.delete('sessions/alpha');
  await findSession(tab, 'alpha').waitFor({ state: 'detached' });
  assert.equal(await focused(), 'gamma');
  await daemon.delete('sessions/gamma');
  await findSession(tab, 'gamma').waitFor({ state: 'detached' });
  assert.equal(await focused(), 'beta');
  await daemon.delete('sessions/beta');
});

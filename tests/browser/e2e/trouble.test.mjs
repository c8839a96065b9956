// What people see when something is wrong: a key that is refused, no network, a daemon that is gone, nothing there yet.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { journey } from '../harness/browser.mjs';
import { Daemon, KEY } from '../harness/daemon.mjs';
import { signIn } from '../pages/frame.mjs';

/** @type {Daemon} */
let daemon;
before(async () => {
  daemon = await Daemon.start();
});
after(() => daemon?.end());
const shared = () => daemon;

journey('a wrong key is told apart, and not kept', shared, { signedIn: false }, async (tab) => {
  tab.expect(/status of 401/);
  await tab.open('#/sessions');
  await tab.page.getByLabel(tab.t('signIn.key'), { exact: true }).fill('wrong-key-wrong-key');
  await tab.page.getByRole('button', { name: tab.t('signIn.go') }).click();
  await tab.page.getByText(tab.t('signIn.wrongKey')).waitFor();
  assert.equal(
    await tab.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })),
    '{"test.begun":"yes"}',
  );
  await signIn(tab);
  await tab.heading(tab.t('nav.sessions'));
});

journey(
  'the key is kept for the tab, or on the device if asked, and never in the address',
  shared,
  { signedIn: false },
  async (tab) => {
    /** @type {string[]} */
    const asked = [];
    tab.page.on('request', (request) => asked.push(request.url()));
    await tab.open('#/settings');
    await signIn(tab, { keep: true });
    await tab.heading(tab.t('nav.settings'));
    assert.equal(await tab.page.evaluate(() => localStorage.getItem('wamux.key')), KEY);
    const keep = tab.page.getByRole('switch', { name: tab.t('signIn.keep') });
    await keep.click();
    assert.deepEqual(
      await tab.page.evaluate(() => [localStorage.getItem('wamux.key'), sessionStorage.getItem('wamux.key')]),
      [null, KEY],
    );
    await tab.page.reload();
    await tab.heading(tab.t('nav.settings'));
    await tab.page.getByRole('button', { name: tab.t('settings.signOut') }).click();
    await tab.heading(tab.t('signIn.title'));
    await tab.page.reload();
    await tab.heading(tab.t('signIn.title'));
    assert.deepEqual(
      asked.filter((url) => url.includes(KEY)),
      [],
    );
  },
);

journey('a key that is refused later leads back to the sign-in', shared, {}, async (tab) => {
  tab.expect(/status of 401/);
  await tab.open('#/settings');
  await tab.page.evaluate(() => sessionStorage.setItem('wamux.key', 'refused-refused-refused'));
  await tab.page.reload();
  await tab.heading(tab.t('signIn.title'));
  await tab.page.getByText(tab.t('signIn.wrongKey')).waitFor();
});

journey('without a network, the page says so and goes on by itself when it is back', shared, {}, async (tab) => {
  tab.expect(/net::ERR_INTERNET_DISCONNECTED|net::ERR_NETWORK_CHANGED/);
  await tab.open('#/settings');
  await tab.page.getByRole('status').getByText(tab.t('live.live'), { exact: true }).waitFor();
  // An open stream outlives Chromium's emulation of being offline; a request that is made now does not.
  await tab.page.context().setOffline(true);
  await tab.page.getByLabel(tab.t('settings.newKey')).fill('another-key-another-key');
  await tab.page.getByRole('button', { name: tab.t('settings.changeKey') }).click();
  await tab.page.getByText(tab.t('errors.network')).waitFor();
  await tab.page.context().setOffline(false);
  await tab.page
    .getByRole('link', { name: tab.t('nav.sessions') })
    .first()
    .click();
  await tab.heading(tab.t('nav.sessions'));
});

journey('where nothing is yet, each page says what to do first', shared, {}, async (tab) => {
  for (const page of ['overview', 'sessions', 'messages', 'webhooks']) {
    await tab.open(page === 'overview' ? '#/' : `#/${page}`);
    await tab.page.getByRole('main').getByRole('heading', { level: 2 }).first().waitFor();
    await tab.picture(`empty-${page}`);
  }
});

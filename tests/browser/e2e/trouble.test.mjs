// What people see when something is wrong: a key that is refused, no network, a daemon that is gone, nothing there yet.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { journey } from '../harness/browser.mjs';
import { Daemon, KEY } from '../harness/daemon.mjs';
import { dialog, go, signIn, toast, waitForLive } from '../pages/frame.mjs';
import { findSession } from '../pages/sessions.mjs';

/** @type {Daemon} */
let daemon;
before(async () => {
  daemon = await Daemon.start();
});
after(() => daemon?.end());
const shared = () => daemon;
const OTHER_KEY = 'another-key-another-key';

/** @typedef {import('../harness/browser.mjs').Tab} Tab */

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

journey(
  '"Try again" signs in with the key that was typed while there was no network',
  shared,
  { signedIn: false },
  async (tab) => {
    tab.expect(/net::ERR_INTERNET_DISCONNECTED/);
    await tab.open('#/settings');
    await tab.page.context().setOffline(true);
    await signIn(tab);
    await tab.page.getByText(tab.t('errors.network')).waitFor();
    await tab.page.context().setOffline(false);
    await tab.page.getByRole('button', { name: tab.t('common.tryAgain') }).click();
    await tab.heading(tab.t('nav.settings'));
  },
);

journey('a language that cannot be loaded is told, and the choice goes back', shared, {}, async (tab) => {
  tab.expect(/net::ERR_FAILED/);
  await tab.page.route(/i18n\/pt\//, (route) => route.abort());
  await tab.open('#/settings');
  await tab.page.getByText('Português').click();
  await toast(tab, tab.t('common.languageFailed'));
  assert.ok(await tab.page.getByRole('radio', { name: 'English' }).isChecked());
  await go(tab, 'events');
  await tab.heading(tab.t('nav.events'));
});

journey('where it could not be asked what went wrong, the overview says so', shared, {}, async (tab) => {
  tab.expect(/status of 500/);
  await daemon.post('sessions', { clientId: 'acme', sessionId: 'idle' });
  const failing = { status: 500, json: { code: 'internal', title: 'internal', detail: 'broken' } };
  await tab.page.route(/\/api\/events\?.*type=message/, (route) => route.fulfill(failing));
  await daemon.post('sessions/idle/stop');
  await tab.open('#/');
  await tab.page.getByText(tab.t('overview.problemsFailed')).waitFor();
  assert.equal(await tab.page.getByText(tab.t('overview.allFine')).count(), 0);
  await tab.page.unroute(/\/api\/events\?.*type=message/);
  await tab.page.getByRole('button', { name: tab.t('common.tryAgain') }).click();
  await tab.page.getByText(tab.t('overview.problemsFailed')).waitFor({ state: 'detached' });
  await daemon.delete('sessions/idle');
});

journey('another key forgets what the one before had read', shared, {}, async (tab) => {
  await daemon.post('sessions', { clientId: 'acme', sessionId: 'hidden' });
  const told = { scopes: ['sessions:read'], clientId: 'globex', version: '0', build: 'production', simulator: false };
  await tab.page.route('**/api/**', async (route) => {
    if (route.request().headers()['x-api-key'] !== OTHER_KEY) return route.continue();
    if (route.request().url().endsWith('/api/me')) return route.fulfill({ json: told });
    return route.fulfill({ json: { data: [], nextCursor: null } });
  });
  await tab.open('#/sessions');
  await findSession(tab, 'hidden').waitFor();
  await go(tab, 'settings');
  await tab.page.getByLabel(tab.t('settings.newKey')).fill(OTHER_KEY);
  await tab.page.getByRole('button', { name: tab.t('settings.changeKey') }).click();
  await toast(tab, tab.t('settings.keyChanged'));
  await go(tab, 'sessions');
  await tab.page.getByRole('heading', { name: tab.t('sessions.none') }).waitFor();
  assert.equal(await findSession(tab, 'hidden').count(), 0);
  await daemon.delete('sessions/hidden');
});

journey('without a network, the page says so and goes on by itself when it is back', shared, {}, async (tab) => {
  tab.expect(/net::ERR_INTERNET_DISCONNECTED|net::ERR_NETWORK_CHANGED/);
  await tab.open('#/settings');
  await waitForLive(tab, 'live');
  // An open stream outlives Chromium's emulation of being offline; a request that is made now does not.
  await tab.page.context().setOffline(true);
  await tab.page.getByLabel(tab.t('settings.newKey')).fill(OTHER_KEY);
  await tab.page.getByRole('button', { name: tab.t('settings.changeKey') }).click();
  await tab.page.getByText(tab.t('errors.network')).waitFor();
  const again = tab.page.waitForRequest((request) => request.url().includes('/events/stream'));
  await tab.page.context().setOffline(false);
  await again;
  await waitForLive(tab, 'live');
  await tab.page
    .getByRole('link', { name: tab.t('nav.sessions') })
    .first()
    .click();
  await tab.heading(tab.t('nav.sessions'));
});

/** Whether somebody can see the tab, as the page is told. @param {Tab} tab @param {boolean} hidden */
const hide = ({ page }, hidden) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

journey(
  'a tab that nobody looks at leaves its connection to others, and is current when it is looked at again',
  shared,
  { before: (page) => page.clock.install() },
  async (tab) => {
    await tab.open('#/sessions');
    await waitForLive(tab, 'live');
    const left = tab.page.waitForEvent('requestfailed', (request) => request.url().includes('/events/stream'));
    await hide(tab, true);
    await tab.page.clock.fastForward(31_000);
    await left;
    const { id } = await daemon.post('sessions', { clientId: 'acme', sessionId: 'meanwhile' });
    await hide(tab, false);
    await waitForLive(tab, 'live');
    await findSession(tab, id).waitFor();
    await daemon.delete(`sessions/${id}`);
    await findSession(tab, id).waitFor({ state: 'detached' });
  },
);

journey('going back does not lose a secret that is shown once', shared, {}, async (tab) => {
  const { page, t } = tab;
  await tab.open('#/settings');
  await go(tab, 'webhooks');
  await tab.settled();
  await page
    .getByRole('main')
    .getByRole('button', { name: t('webhooks.new') })
    .click();
  const form = dialog(tab, t('webhooks.createTitle'));
  await form.getByLabel(t('webhooks.url')).fill('http://127.0.0.1:9/hook');
  await form.getByRole('button', { name: t('webhooks.create') }).click();
  const secret = dialog(tab, t('webhooks.created')).getByText(/^whsec_/);
  await secret.waitFor();
  await page.goBack();
  const question = dialog(tab, t('webhooks.secretSure'));
  await question.getByRole('button', { name: t('common.cancel') }).click();
  await secret.waitFor();
  await page.goBack();
  await question.getByRole('button', { name: t('webhooks.secretStored') }).click();
  await tab.heading(/127\.0\.0\.1/);
  const { data } = await daemon.get('webhooks');
  await daemon.delete(`webhooks/${data[0].id}`);
});

/** What each page says while there is nothing. @type {[string, string][]} */
const FIRST_STEPS = [
  ['overview', 'overview.firstSteps'],
  ['sessions', 'sessions.none'],
  ['messages', 'messages.noSessions'],
  ['webhooks', 'webhooks.none'],
];

journey('where nothing is yet, each page says what to do first', shared, {}, async (tab) => {
  for (const [page, words] of FIRST_STEPS) {
    await tab.open(page === 'overview' ? '#/' : `#/${page}`);
    await tab.page
      .getByRole('main')
      .getByRole('heading', { level: 2, name: tab.t(words), exact: true })
      .waitFor();
    await tab.picture(`empty-${page}`);
  }
});

// The page of the API, at /docs.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { assertAccessible } from '../harness/axe.mjs';
import { journey } from '../harness/browser.mjs';
import { Daemon, KEY } from '../harness/daemon.mjs';
import { authorize, execute, operation, operations, unfold } from '../pages/docs.mjs';

/** What Swagger UI's own markup breaks. Colours, sizes and names of what is ours are looked at. */
const SWAGGER = [
  'heading-order',
  'nested-interactive',
  'button-name',
  'label-content-name-mismatch',
  'label',
  'landmark-unique',
  'region',
  'scrollable-region-focusable',
  'select-name',
];

/** @type {Daemon} */
let daemon;
/** What the page shows. @type {any} */
let description;
before(async () => {
  daemon = await Daemon.start();
  description = await (await fetch(`${daemon.url}api/openapi.json`)).json();
});
after(() => daemon?.end());
const shared = () => daemon;
const DESCRIPTION = '**/api/openapi.json';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

journey(
  'every operation is listed, and one is tried with a key that is not kept',
  shared,
  { signedIn: false },
  async (tab) => {
    const { page } = tab;
    tab.expect(/status of 401/);
    /** @type {string[]} */
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await tab.open('docs');
    const all = Object.values(description.paths).flatMap((path) => METHODS.filter((method) => method in path));
    assert.equal(await operations(tab).count(), all.length);

    const me = operation(tab, 'get', '/api/me');
    await unfold(me);
    await me.getByRole('button', { name: 'Try it out' }).click();
    assert.equal((await execute(me)).status, 401);
    await authorize(tab, KEY);
    const { status, text } = await execute(me);
    assert.equal(status, 200);
    assert.match(text, /"build": "sandbox"/);

    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie);
    assert.equal(kept, '{"test.begun":"yes"}');
    // The address says which operation was open, and it is again.
    await page.reload();
    await tab.settled();
    await me.getByRole('button', { name: 'Try it out' }).click();
    assert.equal((await execute(me)).status, 401);
    assert.deepEqual(
      asked.filter((url) => url.includes(KEY)),
      [],
    );
  },
);

journey('a link leads to one operation, in the theme of the dashboard', shared, {}, async (tab) => {
  const { page } = tab;
  await page.addInitScript(() => localStorage.setItem('wamux.theme', 'dark'));
  const { tags, operationId } = description.paths['/api/me'].get;
  await tab.open(`docs#/${encodeURIComponent(tags[0])}/${operationId}`);
  await operation(tab, 'get', '/api/me').getByRole('button', { name: 'Try it out' }).waitFor();
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme), 'dark');
  await page.getByRole('link', { name: 'openapi.json', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Dashboard' }).click();
  await tab.heading(tab.t('nav.overview'));
});

journey('the settings lead there', shared, {}, async (tab) => {
  await tab.open('#/settings');
  await tab.page.getByRole('link', { name: tab.t('settings.apiPage') }).click();
  await operations(tab).first().waitFor();
});

journey('what does not end cannot be tried', shared, {}, async (tab) => {
  await tab.open('docs');
  const stream = operation(tab, 'get', '/api/events/stream');
  await unfold(stream);
  await stream.getByRole('heading', { name: 'Responses' }).waitFor();
  assert.equal(await stream.getByRole('button', { name: 'Try it out' }).count(), 0);
});

/** @type {[string, Parameters<import('playwright-core').Route['fulfill']>[0] | null, string][]} */
const TROUBLE = [
  ['there is no answer', null, 'The daemon does not answer. See that it runs and that your network reaches it.'],
  ['it is not there', { status: 404 }, '/api/openapi.json was answered with status 404.'],
  ['it is something else', { body: '<p>Hello</p>' }, 'What came as /api/openapi.json is not JSON.'],
];
for (const [what, answer, sentence] of TROUBLE)
  journey(`the page says so and can try again when ${what}`, shared, {}, async (tab) => {
    const { page } = tab;
    tab.expect(/net::ERR_FAILED|status of 404/);
    const trouble = (/** @type {import('playwright-core').Route} */ route) =>
      answer ? route.fulfill(answer) : route.abort();
    await page.route(DESCRIPTION, trouble);
    await tab.open('docs');
    await tab.heading('The description of the API could not be loaded');
    await page.getByRole('alert').getByText(sentence).waitFor();
    await assertAccessible(tab, 'docs without a description');
    await tab.picture(`docs-failed-${answer?.status ?? (answer ? 'other' : 'none')}`);
    await page.unroute(DESCRIPTION, trouble);
    await page.getByRole('button', { name: 'Try again' }).click();
    await operations(tab).first().waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
  });

for (const theme of /** @type {const} */ (['light', 'dark']))
  for (const width of [360, 768, 1440])
    journey(
      `the page of the API is readable and fits, ${theme}, ${width} px`,
      shared,
      { theme, width },
      async (tab) => {
        const look = async (/** @type {string} */ name) => {
          await tab.assertNoSidewaysScrolling();
          await assertAccessible(tab, name, SWAGGER);
          await tab.picture(`${name}-${width}-${theme}`);
        };
        await tab.open('docs');
        await look('docs');
        await tab.page.getByRole('button', { name: 'Authorize', exact: true }).click();
        await look('docs-authorize');
        await tab.page.locator('.close-modal').click();
        await authorize(tab, KEY);
        for (const [method, path] of [
          ['get', '/api/sessions'],
          ['post', '/api/messages/send'],
        ]) {
          const one = operation(tab, method, path);
          await unfold(one);
          await one.getByRole('button', { name: 'Try it out' }).click();
        }
        await execute(operation(tab, 'get', '/api/sessions'));
        await look('docs-operation');
      },
    );

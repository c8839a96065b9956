// The page behind a pairing link: a customer who has never been here links a phone, through the passkey that WhatsApp asks for.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { pack, returned } from '../../../assets/js/passkey.js';
import { assertAccessible } from '../harness/axe.mjs';
import { Daemon } from '../harness/daemon.mjs';
import { press, tabTo, type } from '../harness/keyboard.mjs';
import { leaks, textsOf } from '../harness/texts.mjs';
import { addPasskey, Whatsapp } from '../harness/whatsapp.mjs';
import { cameBack, codeShown, customer, goToWhatsapp, isGone, prepare, sameCode, says } from '../pages/link.mjs';

/** @type {Daemon} */
let daemon;
/** @type {Whatsapp} */
let whatsapp;
/** How often a link may ask for a code to type. */
const LINK_CODES = 3;
/** A link that expires while the tests run. @type {import('../pages/link.mjs').Prepared} */
let short;
before(async () => {
  whatsapp = await Whatsapp.start();
  daemon = await Daemon.start({
    WAMUX_BRANDING__NAME: 'Mesa Norte',
    WAMUX_BRANDING__COLOR: '#7c3aed',
    WAMUX_LIMITS__LINK_CODES: String(LINK_CODES),
  });
  short = await prepare(daemon, 'off', { expiresIn: 60 });
});
after(async () => {
  whatsapp?.end();
  await daemon?.end();
});
const world = () => ({ daemon, whatsapp });

customer(
  'a link links a session through the passkey gate, by the extension',
  world,
  { extension: true },
  async (tab) => {
    const { page, t } = tab;
    const made = await prepare(daemon, 'code', { returnUrl: 'https://shop.example/after?x=1' });
    await page.goto(made.url);
    await tab.heading(t('pairing.title', { name: 'Mesa Norte' }));
    await codeShown(tab);
    await daemon.scan(made.id, made.phone);
    const there = await goToWhatsapp(tab, made, page.getByRole('link', { name: t('pairing.continue') }));
    const panel = there.page.getByRole('dialog');
    await panel.getByText(new URL(daemon.url).host, { exact: true }).waitFor();
    assert.equal(there.page.url(), 'https://web.whatsapp.com/', 'the request has left the address');
    await assertAccessible(there, 'the panel of the extension');
    await panel.getByRole('button', { name: 'Confirm with passkey' }).click();
    await cameBack(there);
    await assertAccessible(there, 'the page that the extension comes back to');
    await there.picture('link-return');
    await says(tab, 'pairing.compareTitle');
    await (await sameCode(tab, daemon, made.phone)).click();
    await says(tab, 'linking.done');
    const back = page.getByRole('link', { name: t('pairing.return', { host: 'shop.example' }) });
    assert.equal(await back.getAttribute('href'), 'https://shop.example/after?x=1');
    await daemon.reached(made.id, 'connected');
    assert.deepEqual(
      whatsapp.asked.filter((url) => url !== '/' && url !== '/favicon.ico'),
      [],
    );
  },
);

customer('a link links a session through the passkey gate, by the console', world, { language: 'pt' }, async (tab) => {
  const { page, t } = tab;
  const made = await prepare(daemon, 'code');
  await page.goto(made.url);
  await codeShown(tab);
  await daemon.scan(made.id, made.phone);
  await page.getByText(t('pairing.without')).click();
  const text = await page.getByRole('region', { name: t('pairing.snippet') }).textContent();
  const answer = page.getByLabel(t('pairing.answer'), { exact: true });
  await answer.fill('no answer');
  await page.getByRole('button', { name: t('pairing.answerSend') }).click();
  await says(tab, 'pairing.answerBad');
  const there = await goToWhatsapp(tab, made, page.getByRole('link', { name: t('pairing.openWhatsapp') }));
  await there.page.evaluate(String(text));
  await there.page.getByRole('button', { name: t('pairing.snippetSign') }).click();
  await answer.fill(await there.page.getByRole('textbox').inputValue());
  await page.getByRole('button', { name: t('pairing.answerSend') }).click();
  await says(tab, 'pairing.compareTitle');
  await (await sameCode(tab, daemon, made.phone)).click();
  await says(tab, 'linking.done');
  await daemon.reached(made.id, 'connected');
});

customer(
  'the extension asks a passkey for nothing but to link a device, and only for WhatsApp',
  world,
  { extension: true },
  async (tab) => {
    const { page } = tab;
    const made = await prepare(daemon, 'code');
    const options = { challenge: 'YWJjZA', allowCredentials: [{ type: 'public-key', id: made.passkey.credentialId }] };
    const back = 'https://evil.example/take';
    const ask = async (/** @type {any} */ more) => {
      await page.goto('about:blank');
      await page.goto(
        `https://web.whatsapp.com/#wamux=${pack({ v: 1, options: { ...options, ...more }, back, state: 'x' })}`,
      );
      return page.getByRole('dialog');
    };
    tab.expect(/favicon|evil|asks https:..web.whatsapp.com/);
    await (await ask({ rpId: 'evil.example' })).getByText(/cannot be used/).waitFor();
    const panel = await ask({ extensions: { prf: { eval: { first: 'YWJj' } }, credProps: true } });
    assert.ok(
      await panel.getByRole('button', { name: 'Confirm with passkey' }).isDisabled(),
      'nobody presses it in passing',
    );
    await addPasskey(page, made.passkey);
    await page.route(`${back}**`, (route) => route.fulfill({ contentType: 'text/html', body: '<title>x</title>' }));
    await panel.getByRole('button', { name: 'Confirm with passkey' }).click();
    await page.waitForURL(`${back}**`);
    const answer = returned(new URL(page.url()).hash);
    assert.deepEqual(Object.keys(answer?.credential ?? {}).sort(), ['id', 'rawId', 'response', 'type']);
  },
);

customer('a code to type that was asked for too often says when to try again', world, {}, async (tab) => {
  const { page, t } = tab;
  tab.expect(/status of 429/);
  const made = await prepare(daemon, 'off');
  await page.goto(made.url);
  await codeShown(tab);
  await page.getByLabel(t('linking.phone')).fill(`+${made.phone}`);
  for (let asked = 0; asked < LINK_CODES; asked += 1) {
    await page.getByRole('button', { name: t('linking.getCode') }).click();
    await page.locator('.pair-code').waitFor();
    await page.getByRole('button', { name: t('linking.otherNumber') }).click();
  }
  const refused = page.waitForResponse((response) => response.status() === 429);
  await page.getByRole('button', { name: t('linking.getCode') }).click();
  await refused;
  const alert = page.getByRole('alert').filter({ hasText: t('pairing.tooOften') });
  await alert.getByText(/It can be tried again in \d+ (minutes|seconds)\./).waitFor();
  let more = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/pairing-code')) more += 1;
  });
  await page.getByRole('button', { name: t('linking.getCode') }).click();
  await alert.waitFor();
  assert.equal(more, 0, 'it is not asked for before its time');
});

customer(
  'a page that is open in too many tabs says so, and goes on by itself',
  world,
  { language: 'pt' },
  async (tab) => {
    const { page } = tab;
    tab.expect(/status of 429/);
    const made = await prepare(daemon, 'off');
    const refused = { status: 429, headers: { 'Retry-After': '1' }, json: { code: 'rate_limited' } };
    await page.route(/[?]after=/, (route) => route.fulfill(refused));
    await page.goto(made.url);
    await codeShown(tab);
    await says(tab, 'pairing.busy');
    await assertAccessible(tab, 'too many tabs');
    await page.unroute(/[?]after=/);
    await daemon.scan(made.id, made.phone);
    await says(tab, 'linking.done');
  },
);

customer('a link begins again for a phone that has removed the device', world, {}, async (tab) => {
  const { page, t } = tab;
  const made = await prepare(daemon, 'off');
  await page.goto(made.url);
  await codeShown(tab);
  await daemon.scan(made.id, made.phone);
  await says(tab, 'linking.done');
  await daemon.post(`sessions/${made.id}/logout`);
  const { url } = await daemon.post(`sessions/${made.id}/pairing-link`, { expiresIn: 3600 });
  await page.goto(url);
  await codeShown(tab);
  await daemon.scan(made.id, made.phone);
  await says(tab, 'linking.done');
  await page.getByRole('heading', { name: t('pairing.title', { name: 'Mesa Norte' }) }).waitFor();
});

customer(
  'codes that differ link nothing, and it can be tried again',
  world,
  { language: 'es', extension: true },
  async (tab) => {
    const { page, t } = tab;
    const made = await prepare(daemon, 'wrong-code');
    await page.goto(made.url);
    await codeShown(tab);
    await daemon.scan(made.id, made.phone);
    const there = await goToWhatsapp(tab, made, page.getByRole('link', { name: t('pairing.continue') }));
    await there.page.getByRole('dialog').getByRole('button', { name: 'Confirmar con llave de acceso' }).click();
    await says(tab, 'pairing.compareTitle');
    await page.getByRole('button', { name: t('pairing.different') }).click();
    await says(tab, 'linkFailures.code_mismatch');
    await daemon.act('phone/gate', { phone: made.phone, mode: 'off' });
    await page.getByRole('button', { name: t('common.tryAgain') }).click();
    await codeShown(tab);
    await daemon.scan(made.id, made.phone);
    await says(tab, 'linking.done');
  },
);

customer('links that are not good all answer the same', world, {}, async (tab) => {
  const made = await prepare(daemon, 'off');
  const replaced = made.url;
  const { url } = await daemon.post(`sessions/${made.id}/pairing-link`, { expiresIn: 3600 });
  const used = await prepare(daemon, 'off');
  const guessed = `${daemon.url}link/lnk_${'A'.repeat(43)}`;
  /** @param {string} link */
  const ask = async (link) => {
    const answers = [link, link.replace('/link/', '/api/link/'), `${link.replace('/link/', '/api/link/')}/qr`];
    return Promise.all(
      answers.map(async (address) => {
        const response = await fetch(address, { headers: { Accept: 'application/json', 'X-Request-Id': 'same' } });
        return [response.status, (await response.text()).replaceAll(link.split('/').pop() ?? '', 'TOKEN')];
      }),
    );
  };
  const bad = await ask(guessed);
  assert.deepEqual(
    bad.map(([status]) => status),
    [404, 404, 404],
  );
  assert.deepEqual(await ask(replaced), bad);
  tab.expect(/404/);
  await tab.page.goto(replaced);
  await assertAccessible(tab, 'a link that is not good');
  await tab.picture('link-gone');
  await tab.page.goto('about:blank');
  await tab.page.goto(`${replaced}#passkey=${pack({ rawId: 'x' })}`);
  assert.equal(await tab.page.evaluate(() => location.href), replaced, 'no answer stays in the address');
  await tab.page.goto(url);
  await codeShown(tab);

  await tab.page.goto(used.url);
  await codeShown(tab);
  await daemon.scan(used.id, used.phone);
  await says(tab, 'linking.done');
  assert.deepEqual(await ask(used.url), bad);
  await tab.page.reload();
  await isGone(tab);

  // It says so by itself, at the latest a minute after the tests began.
  await tab.page.goto(short.url);
  await isGone(tab, 65_000);
  assert.deepEqual(await ask(short.url), bad);
  await tab.page.reload();
  await isGone(tab);
});

customer(
  'by keyboard alone, on a screen of 360 px: a number, a code, the passkey, the comparison',
  world,
  { width: 360, extension: true },
  async (tab) => {
    const { page, t } = tab;
    const made = await prepare(daemon, 'code');
    await page.goto(made.url);
    await codeShown(tab);
    await type(tab, page.getByLabel(t('linking.phone')), `+${made.phone}`);
    await page.keyboard.press('Enter');
    const shown = page.locator('.pair-code .sr-only');
    await shown.waitFor();
    const code = String(await shown.textContent()).replace(/\s/g, '');
    await daemon.act('phone/enter-code', { phone: made.phone }, code);
    const link = page.getByRole('link', { name: t('pairing.continue') });
    await tabTo(tab, link);
    const opened = page.context().waitForEvent('page');
    await page.keyboard.press('Enter');
    await (await opened).close();
    const there = await goToWhatsapp(tab, made, link);
    const confirm = there.page.getByRole('dialog').getByRole('button').first();
    await there.page.locator('wamux-passkey button:first-child:not([disabled])').waitFor();
    assert.ok(await confirm.evaluate((button) => button.matches(':focus')), 'the button has the focus');
    await there.page.keyboard.press('Enter');
    await cameBack(there);
    await page.bringToFront();
    const same = await sameCode(tab, daemon, made.phone);
    await press(tab, same);
    await says(tab, 'linking.done');
  },
);

const LOOKS = /** @type {const} */ ([
  [360, 'light', 'es'],
  [360, 'dark', 'pt'],
  [1440, 'light', 'en'],
  [1440, 'dark', 'es'],
]);
for (const [width, theme, language] of LOOKS)
  customer(
    `each step fits and is accessible: ${width} px, ${theme}, ${language}`,
    world,
    { width, theme, language, extension: true },
    async (tab) => {
      const { page, t } = tab;
      const look = async (/** @type {string} */ step, from = tab) => {
        await from.assertNoSidewaysScrolling();
        await assertAccessible(from, step);
        await from.picture(`link-${step}-${width}-${theme}`);
        assert.deepEqual(leaks(await textsOf(from), new Set()), [], step);
      };
      const made = await prepare(daemon, 'code', { locale: language, returnUrl: 'https://shop.example/' });
      await page.goto(made.url);
      await codeShown(tab);
      await look('open');
      await daemon.post(`sessions/${made.id}/linking/cancel`);
      await says(tab, 'linkFailures.cancelled');
      await look('failed');
      await page.getByRole('button', { name: t('common.tryAgain') }).click();
      await codeShown(tab);
      await page.getByLabel(t('linking.phone')).fill(`+${made.phone}`);
      await page.getByRole('button', { name: t('linking.getCode') }).click();
      await page.locator('.pair-code').waitFor();
      await page.getByText(/\+55\u00a011\u00a0\d{5}\u2011\d{4}/).waitFor();
      await look('code');
      await daemon.scan(made.id, made.phone);
      await says(tab, 'pairing.passkeyTitle');
      await look('passkey');
      await page.getByText(t('pairing.without')).click();
      await look('by-hand');
      const there = await goToWhatsapp(tab, made, page.getByRole('link', { name: t('pairing.continue') }));
      await there.page.getByRole('dialog').waitFor();
      await there.assertNoSidewaysScrolling();
      await there.picture(`link-extension-${width}-${theme}`);
      await there.page.getByRole('dialog').getByRole('button').first().click();
      await says(tab, 'pairing.compareTitle');
      const same = await sameCode(tab, daemon, made.phone);
      await look('compare');
      await same.click();
      await says(tab, 'linking.done');
      await look('done');
    },
  );

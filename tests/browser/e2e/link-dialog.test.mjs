// Linking in the dashboard: each step in its dialog, with the passkey by hand, and a pairing link for somebody else.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { assertAccessible } from '../harness/axe.mjs';
import { Daemon, KEY } from '../harness/daemon.mjs';
import { leaks, textsOf } from '../harness/texts.mjs';
import { Whatsapp } from '../harness/whatsapp.mjs';
import { cameBack, codeShown, customer, goToWhatsapp, prepare, sameCode, says } from '../pages/link.mjs';

/** @type {Daemon} */
let daemon;
/** Lets nobody wait for long. @type {Daemon} */
let hasty;
/** @type {Whatsapp} */
let whatsapp;
before(async () => {
  whatsapp = await Whatsapp.start();
  [daemon, hasty] = await Promise.all([Daemon.start(), Daemon.start({ WAMUX_LIMITS__QR_WAIT_SECS: '5' })]);
});
after(async () => {
  whatsapp?.end();
  await daemon?.end();
  await hasty?.end();
});
const world = () => ({ daemon, whatsapp });

/** @typedef {import('../harness/browser.mjs').Tab} Tab */

/** Opens the dialog of a session whose phone has a passkey. @param {Tab} tab */
async function open(tab, at = daemon) {
  const { page, t } = tab;
  await page.addInitScript((key) => sessionStorage.setItem('wamux.key', key), KEY);
  const made = await prepare(at, 'code');
  await tab.open(`#/sessions/${made.id}`);
  await page
    .getByRole('main')
    .getByRole('button', { name: t('sessionVerbs.link') })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('tab', { name: t('linking.scan') }).click();
  await codeShown(tab);
  return { made, dialog };
}

/** Signs on WhatsApp Web with what the console is given, and brings the answer back. @param {Tab} tab @param {import('../pages/link.mjs').Prepared} made @param {import('playwright-core').Locator} dialog */
async function signByHand(tab, made, dialog) {
  const { t } = tab;
  const text = await dialog.getByRole('region', { name: t('pairing.snippet') }).textContent();
  const there = await goToWhatsapp(tab, made, dialog.getByRole('link', { name: t('pairing.openWhatsapp') }));
  await there.page.evaluate(String(text));
  await there.page.getByRole('button', { name: t('pairing.snippetSign') }).click();
  const answer = await there.page.getByRole('textbox').inputValue();
  await dialog.getByLabel(t('pairing.answer'), { exact: true }).fill(answer);
  await dialog.getByRole('button', { name: t('pairing.answerSend') }).click();
}

customer(
  'where nobody may wait for long, codes are shown in the dialog and behind a link',
  () => ({ daemon: hasty, whatsapp }),
  {},
  async (tab) => {
    tab.expect(/status of 4(00|09)/);
    const { made, dialog } = await open(tab, hasty);
    await hasty.act('phone/gate', { phone: made.phone, mode: 'off' });
    await dialog
      .getByRole('button', { name: tab.t('common.close') })
      .first()
      .click();
    await tab.page.goto(made.url);
    await codeShown(tab);
    const { qr } = await hasty.get(`sessions/${made.id}/qr`, { wait: 5 });
    await hasty.act('mock-phone/scan-qr', { phone: made.phone }, qr);
    await says(tab, 'linking.done');
  },
);

customer(
  'signing with the extension brings the answer back to the dialog, and leaves a link that was sent as it is',
  world,
  { extension: true },
  async (tab) => {
    const { made, dialog } = await open(tab);
    await daemon.scan(made.id, made.phone);
    const there = await goToWhatsapp(tab, made, dialog.getByRole('button', { name: tab.t('pairing.continue') }));
    await there.page.getByRole('dialog').getByRole('button', { name: 'Confirm with passkey' }).click();
    await cameBack(there);
    await dialog.getByText(tab.t('pairing.compareTitle')).waitFor();
    assert.equal((await fetch(made.url)).status, 200, 'the link is still good');
    await (await sameCode(tab, daemon, made.phone)).click();
    await daemon.reached(made.id, 'connected');
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
    `each step in the dialog fits and is accessible: ${width} px, ${theme}, ${language}`,
    world,
    { width, theme, language },
    async (tab) => {
      const { t, page } = tab;
      const { made, dialog } = await open(tab);
      const look = async (/** @type {string} */ step) => {
        await tab.assertNoSidewaysScrolling();
        await tab.picture(`dialog-${step}-${width}-${theme}`);
        await assertAccessible(tab, step);
        assert.deepEqual(leaks(await textsOf(tab), new Set()), [], step);
      };
      await look('scan');
      await dialog.getByRole('button', { name: t('pairing.send') }).click();
      await dialog.getByText(/\/link\/lnk_/).waitFor();
      await look('link');
      await dialog.getByRole('tab', { name: t('linking.type') }).click();
      await dialog.getByLabel(t('linking.phone')).fill(`+${made.phone}`);
      await dialog.getByRole('button', { name: t('linking.getCode') }).click();
      await page.locator('.pair-code').waitFor();
      await look('code');
      await daemon.scan(made.id, made.phone);
      await dialog.getByText(t('pairing.passkeyTitle')).waitFor();
      const link = await dialog.getByText(/\/link\/lnk_/).boundingBox();
      const way = await dialog.getByText(t('pairing.passkeyTitle')).boundingBox();
      assert.ok(link && way && way.y < link.y, 'what is to be done stands above the link for others');
      await look('passkey');
      await dialog.getByText(t('pairing.without')).click();
      await look('by-hand');
      await signByHand(tab, made, dialog);
      await dialog.getByText(t('pairing.compareTitle')).waitFor();
      const same = await sameCode(tab, daemon, made.phone);
      await look('compare');
      await same.click();
      await dialog.getByText(t('linking.done'), { exact: true }).first().waitFor();
      await daemon.reached(made.id, 'connected');
    },
  );

// The page behind a pairing link, in a browser of its own that has never been here: with the extension or without it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { FLAGS, LOCALES, report, Tab } from '../harness/browser.mjs';
import { PATIENCE } from '../harness/patience.mjs';
import { addPasskey, HOST } from '../harness/whatsapp.mjs';

/** @typedef {import('../harness/daemon.mjs').Daemon} Daemon */
/** @typedef {import('../harness/whatsapp.mjs').Whatsapp} Whatsapp */
/** @typedef {{daemon: Daemon, whatsapp: Whatsapp}} World */
/** @typedef {{width?: number, theme?: 'light'|'dark', language?: import('../harness/words.mjs').Language, extension?: boolean}} Options */

const EXTENSION = fileURLToPath(new URL('../../../extension', import.meta.url));

/** @param {World} world @param {Options} options @param {string} profile */
async function openBrowser({ whatsapp }, { width = 1440, theme = 'light', language = 'en', extension }, profile) {
  const load = extension ? [`--load-extension=${EXTENSION}`, `--disable-extensions-except=${EXTENSION}`] : [];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    ignoreDefaultArgs: extension ? ['--disable-extensions'] : [],
    args: [...FLAGS, ...whatsapp.flags, ...load],
    viewport: { width, height: width < 640 ? 740 : 900 },
    locale: LOCALES[language],
    colorScheme: theme,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE);
  return context;
}

/**
 * A test with a browser of its own. Nothing may go wrong in the tab.
 * @param {string} name @param {() => World} world @param {Options} options @param {(tab: Tab, world: World) => Promise<void>} steps
 */
export function customer(name, world, options, steps) {
  test(name, { timeout: 120_000 }, async () => {
    const profile = mkdtempSync(join(tmpdir(), 'wamux-profile-'));
    const context = await openBrowser(world(), options, profile);
    const tab = new Tab(await context.newPage(), world().daemon.url, options.language ?? 'en');
    try {
      await steps(tab, world());
      assert.deepEqual(tab.faults, [], 'what went wrong in the browser');
    } catch (/** @type {any} */ error) {
      const picture = await tab.picture(`failed/${name.replace(/\W+/g, '-')}`).catch(String);
      throw new Error(report(error, tab, picture));
    } finally {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    }
  });
}

let count = 0;
/** A session of its own, a phone of its own with a passkey, and a link. @param {Daemon} daemon @param {string} gate @param {Record<string, any>} [link] */
export async function prepare(daemon, gate, link = {}) {
  count += 1;
  const [id, phone] = [`desk-${count}`, `55119000010${String(count).padStart(2, '0')}`];
  await daemon.act('phone/create', { phone });
  const passkey = await daemon.act('phone/passkey', { phone });
  await daemon.act('phone/gate', { phone, mode: gate });
  await daemon.post('sessions', { clientId: 'acme', sessionId: id, name: 'Front desk' });
  const { url } = await daemon.post(`sessions/${id}/pairing-link`, { expiresIn: 3600, ...link });
  return { id, phone, passkey, url };
}
/** @typedef {Awaited<ReturnType<typeof prepare>>} Prepared */

/** The code to scan is there. @param {Tab} tab */
export const codeShown = ({ page, t }) => page.getByRole('img', { name: t('common.qrAlt') }).waitFor();

/** @param {Tab} tab @param {string} key */
export const says = ({ page, t }, key) => page.getByRole('main').getByText(t(key), { exact: true }).first().waitFor();

/** The link opens nothing. @param {Tab} tab @param {number} [timeout] ms */
export const isGone = ({ page, t }, timeout = PATIENCE) =>
  page.getByText(t('pairing.goneTitle'), { exact: true }).first().waitFor({ timeout });

/** Presses what leads to WhatsApp Web, and gives the tab that opens, with an authenticator that has the passkey. @param {Tab} tab @param {Prepared} prepared @param {import('playwright-core').Locator} link */
export async function goToWhatsapp({ page, language }, { passkey }, link) {
  const opened = page.context().waitForEvent('page');
  await link.click();
  const there = await opened;
  await there.waitForURL(`https://${HOST}/**`);
  await addPasskey(there, passkey);
  const tab = new Tab(there, `https://${HOST}/`, language);
  tab.expect(/favicon/);
  return tab;
}

/** The tab of the extension has given its answer to the one where linking was begun. @param {Tab} there */
export async function cameBack({ page }) {
  await page.waitForURL('**/link/return');
  await page.locator('section[data-outcome=taken]:visible').waitFor();
}

/** The same code on both screens; the person at the phone says yes. @param {Tab} tab @param {Daemon} daemon @param {string} phone */
export async function sameCode({ page, t }, daemon, phone) {
  const { code } = await daemon.act('phone/confirm', { phone, accept: 'true' });
  const [first, second] = code.split('-');
  for (const group of [first, second]) await page.getByText(group, { exact: true }).waitFor();
  return page.getByRole('button', { name: t('pairing.same'), exact: true });
}

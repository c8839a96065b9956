// The browser, and a tab of it in which nothing may go wrong: any console error, error of the page, breach of its policy
// or request to another host fails the test.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { KEY } from './daemon.mjs';
import { PATIENCE, until } from './patience.mjs';
import { words } from './words.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').Locator} Locator */
/** @typedef {import('./words.mjs').Language} Language */
/**
 * @typedef {object} TabOptions
 * @property {number} [width]
 * @property {'light'|'dark'} [theme]
 * @property {Language} [language]
 * @property {boolean} [signedIn]
 * @property {(page: Page) => Promise<unknown>} [before] before the page is opened
 */

const SCREENSHOTS = fileURLToPath(new URL('../screenshots/', import.meta.url));
/** Pixels; a picture that is higher is cut off. */
const HIGHEST = 4_000;
export const LOCALES = { en: 'en-US', es: 'es-MX', pt: 'pt-BR' };
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The live stream, and the code to scan while there is none. */
const WAITING = /\/api\/events\/stream|\/qr\?wait=|\/api\/link\/[^/]+\?after=/;

/** @type {Promise<import('playwright-core').Browser>|null} */
let launched = null;
const browser = () => {
  launched ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  return launched;
};
after(async () => (await launched)?.close());

/** A tab, and what went wrong in it. */
export class Tab {
  /** @type {string[]} */
  faults = [];
  /** @type {RegExp[]} */
  #expected = [];
  /** Requests without an answer, but for those that wait by intention. @type {Set<import('playwright-core').Request>} */
  #asked = new Set();

  /** @param {Page} page @param {string} url @param {Language} language */
  constructor(page, url, language) {
    this.page = page;
    this.url = url;
    this.language = language;
    /** The words of the page in its language. */
    this.t = words(language);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()))
        this.#fault(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.#fault(`error: ${error.stack}`));
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol !== 'data:' && protocol !== 'blob:' && host !== new URL(url).host)
        this.#fault(`asks ${request.url()}`);
      if (!WAITING.test(request.url())) this.#asked.add(request);
    });
    page.on('requestfinished', (request) => this.#asked.delete(request));
    page.on('requestfailed', (request) => this.#asked.delete(request));
  }

  /** @param {string} what */
  #fault(what) {
    if (!this.#expected.some((pattern) => pattern.test(what))) this.faults.push(what);
  }

  /** What a test provokes is no fault. @param {RegExp} pattern */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  /** Goes to a page, as `#/sessions`, and waits until it shows what it asked for. @param {string} hash */
  async open(hash) {
    await this.page.goto(this.url + hash);
    await this.settled();
  }

  /** Waits until nothing is on its way and nothing says that it is. */
  async settled() {
    await this.heading();
    await until(`answers to ${[...this.#asked].map((request) => request.url())}`, async () => {
      if (this.#asked.size) return false;
      await this.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      return !this.#asked.size;
    });
    await this.page.getByRole('main').getByText(this.t('common.loading')).first().waitFor({ state: 'detached' });
  }

  /** The page's heading, when it is there. @param {string|RegExp} [name] */
  async heading(name) {
    const heading = this.page.getByRole('heading', { level: 1, name });
    await heading.waitFor();
    return heading;
  }

  /** Whether the page is wider than the screen. */
  async assertNoSidewaysScrolling() {
    const wide = await this.page.evaluate(() => {
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= width) return null;
      return [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > width + 1)
        .slice(-3)
        .map((element) => element.outerHTML.slice(0, 200));
    });
    assert.equal(wide, null, `${this.page.url()} scrolls sideways`);
  }

  /** A picture of the whole page: the window is made as high as it is, so that lists draw all their rows. @param {string} name */
  async picture(name) {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const path = `${SCREENSHOTS}${name}.png`;
    const { page } = this;
    const size = page.viewportSize() ?? { width: 1440, height: 900 };
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ ...size, height: Math.min(Math.max(height, size.height), HIGHEST) });
    await page.screenshot({ path, animations: 'disabled' });
    await page.setViewportSize(size);
    return path;
  }
}

/** @param {string} url @param {TabOptions} options */
async function openTab(url, { width = 1440, theme = 'light', language = 'en', signedIn = true, before }) {
  const context = await (await browser()).newContext({
    viewport: { width, height: width < 640 ? 740 : 900 },
    locale: LOCALES[language],
    timezoneId: 'America/Sao_Paulo',
    colorScheme: theme,
    reducedMotion: 'reduce',
    hasTouch: width < 640,
    permissions: ['clipboard-write'],
  });
  context.setDefaultTimeout(PATIENCE);
  await context.addInitScript(
    (key) => {
      if (key && !sessionStorage.getItem('test.begun')) sessionStorage.setItem('wamux.key', key);
      sessionStorage.setItem('test.begun', 'yes');
    },
    signedIn ? KEY : '',
  );
  const page = await context.newPage();
  await before?.(page);
  return new Tab(page, url, language);
}

/** What failed, where in the test, and where to look. @param {any} error @param {Tab} tab @param {string} picture */
export function report(error, { page, faults }, picture) {
  const [what] = String(error.message).split(/^Call log:/m);
  const steps = String(error.stack)
    .split('\n')
    .filter((line) => /^ +at .*tests\/browser\/(e2e|pages|harness)/.test(line));
  return [
    what.trim(),
    `page: ${page.url()}`,
    `picture: ${picture}`,
    ...faults.map((fault) => `in the browser: ${fault}`),
    ...steps,
  ].join('\n');
}

/**
 * A test with a tab of its own. `start` gives what it talks to, at the latest when the test begins.
 * @template {{url: string, log?: string}} D
 * @param {string} name @param {() => D} daemon @param {TabOptions} options @param {(tab: Tab, daemon: D) => Promise<void>} steps
 */
export function journey(name, daemon, options, steps) {
  test(name, { timeout: 120_000 }, async () => {
    const tab = await openTab(daemon().url, options);
    try {
      await steps(tab, daemon());
      assert.deepEqual(tab.faults, [], 'what went wrong in the browser');
    } catch (/** @type {any} */ error) {
      const picture = await tab.picture(`failed/${name.replace(/\W+/g, '-')}`).catch(String);
      throw new Error(report(error, tab, picture));
    } finally {
      await tab.page.context().close();
    }
  });
}

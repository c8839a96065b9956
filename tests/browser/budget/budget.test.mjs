// What the page may cost: the first load, and a list of 2,000 sessions. It prints what it measured; `npm test` runs it alone.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { journey } from '../harness/browser.mjs';
import { ANA, Daemon, ECHO } from '../harness/daemon.mjs';
import { findSession, searchBox } from '../pages/sessions.mjs';

/** Until the page shows all its words and figures. */
const FIRST_LOAD_BYTES = 100_000;
/** With what draws the charts, which comes after that. */
const WHOLE_LOAD_BYTES = 125_000;
const USABLE_MS = 1_000;
const LONG_TASK_MS = 50;
const SESSIONS = 2_000;
/** A machine that does other things as well is slow now and then; the median of so many runs is not. */
const RUNS = 3;
/** Loads are measured more often, and the quickest counts: all that runs beside them, the tests' own eyes too, only adds. */
const LOADS = 5;

/** @typedef {import('../harness/browser.mjs').Tab} Tab */

/** @type {Daemon} */
let daemon;
before(async () => {
  daemon = await Daemon.start();
  await daemon.link({ clientId: 'acme', sessionId: 'support', name: 'Support desk' }, ANA);
});
after(() => daemon?.end());
const shared = () => daemon;

const median = (/** @type {number[]} */ values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** What draws the charts: it is asked for when the page is usable, and nothing on it but the charts waits for it. */
const DRAWING = /\/vendor\/uplot\/|\/parts\/chart\//;

/** What came over the wire, as it was compressed, the largest first. @param {Tab} tab @returns {Promise<{path: string, bytes: number, at: number}[]>} */
const answers = ({ page }) =>
  page.evaluate(() => {
    // `transferSize` has 300 bytes for the headers; nothing more when the browser had the file already.
    const size = (/** @type {any} */ entry) => Math.max(0, entry.transferSize - 300);
    return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .map((entry) => ({ path: new URL(entry.name).pathname, bytes: size(entry), at: entry.startTime }))
      .sort((a, b) => b.bytes - a.bytes);
  });

/** Adds them up, says so, and fails when they are too many. @param {string} what @param {{path: string, bytes: number}[]} files @param {number} most */
function weigh(what, files, most) {
  const bytes = files.reduce((total, file) => total + file.bytes, 0);
  console.log(`${what}: ${bytes} bytes in ${files.length} answers`);
  const largest = files.slice(0, 8).map((file) => `${file.path} ${file.bytes}`);
  assert.ok(files.length > 10 && bytes < most, `${bytes} bytes, the largest ${largest.join(', ')}`);
}

/** Notes when there is a heading and the page could answer a click. @param {import('playwright-core').Page} page */
const noteUsable = (page) =>
  page.addInitScript(() => {
    const look = () => {
      if (!document.querySelector('h1')) return requestAnimationFrame(look);
      // After the frame that shows it, in a task of its own: nothing else is being done.
      requestAnimationFrame(() => setTimeout(() => Object.assign(window, { usableAt: performance.now() })));
    };
    look();
  });

/**
 * Measures the first load of a page until all its words and figures are there, and then with its charts, if it has any.
 * @param {string} what @param {{signedIn: boolean, charts?: boolean, prepare?: () => Promise<unknown>}} options
 */
function firstLoad(what, { signedIn, charts = false, prepare }) {
  const usable = /** @type {number[]} */ ([]);
  for (let run = 1; run <= LOADS; run += 1)
    journey(`the ${what} is there at once, run ${run}`, shared, { signedIn, before: noteUsable }, async (tab) => {
      if (run === 1) await prepare?.();
      await tab.open('#/');
      await tab.page.waitForFunction('window.usableAt');
      usable.push(await tab.page.evaluate('window.usableAt'));
      const now = usable[usable.length - 1];
      if (charts) await tab.page.locator('.chart canvas').first().waitFor();
      const all = await answers(tab);
      console.log(`${what}: usable after ${Math.round(now)} ms`);
      weigh(
        what,
        all.filter(({ path }) => !DRAWING.test(path)),
        FIRST_LOAD_BYTES,
      );
      if (run === LOADS) assert.ok(Math.min(...usable) < USABLE_MS, `usable after ${usable} ms`);
      const drawing = all.filter(({ path }) => DRAWING.test(path));
      assert.equal(drawing.length > 0, charts, 'what draws charts comes where there are charts');
      for (const { path, at } of drawing) assert.ok(at > now, `${path} is asked for before the page is usable`);
      if (charts) weigh(`${what} with its charts drawn`, all, WHOLE_LOAD_BYTES);
    });
}

/** A message makes charts of the overview, which are drawn when nothing else is to be done. */
async function sendOne() {
  await daemon.post('messages/send', { sessionId: 'support', to: `+${ECHO}`, text: 'Hello' });
  await daemon.message('support', ({ direction }) => direction === 'in');
}

firstLoad('sign-in', { signedIn: false });
firstLoad('overview before the first message', { signedIn: true });
firstLoad('overview', { signedIn: true, charts: true, prepare: sendOne });

/**
 * A list of 2,000 sessions in the shape that the daemon answers with: it starts each session that it makes, and so many clients
 * of WhatsApp are more than this test is about.
 * @param {import('playwright-core').Page} page
 */
async function manySessions(page) {
  const pattern = await daemon.get('sessions/support');
  const states = ['connected', 'connected', 'connected', 'reconnecting', 'stopped', 'failed', 'linking'];
  const all = Array.from({ length: SESSIONS }, (_, index) => ({
    ...pattern,
    id: `session-${index}`,
    clientId: `client-${index % 20}`,
    name: `Desk ${index}`,
    state: states[index % states.length],
    phone: `55119${String(index).padStart(8, '0')}`,
  }));
  await page.route(/\/api\/sessions(\?|$)/, (route) => {
    const query = new URL(route.request().url()).searchParams;
    const from = Number(query.get('cursor') ?? 0);
    const to = from + Number(query.get('limit') ?? 50);
    return route.fulfill({ json: { data: all.slice(from, to), nextCursor: to < all.length ? String(to) : null } });
  });
}

/**
 * The longest task of the page's thread while something is done, in milliseconds of processor time: a machine that does other
 * things as well makes tasks last longer, but not more work.
 * @param {Tab} tab @param {() => Promise<unknown>} work
 */
async function longestTask({ page }, work) {
  const browser = /** @type {import('playwright-core').Browser} */ (page.context().browser());
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  /** @param {any} event */
  const thread = ({ pid, tid }) => `${pid}/${tid}`;
  const named = traceEvents.filter((/** @type {any} */ event) => event.args?.name === 'CrRendererMain');
  const renderers = new Set(named.map(thread));
  const tasks = traceEvents.filter(
    (/** @type {any} */ event) => event.ph === 'X' && event.tdur > 0 && renderers.has(thread(event)),
  );
  assert.ok(tasks.length > 10, 'tasks were traced');
  return Math.round(Math.max(...tasks.map((/** @type {any} */ event) => event.tdur)) / 1000);
}

/** From top to bottom and back with the wheel. @param {Tab} tab */
async function scroll(tab) {
  const { page } = tab;
  for (const step of [1, -1]) {
    for (let at = 0; at < 12; at += 1) {
      await page.mouse.wheel(0, step * 12_000);
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    }
    await findSession(tab, step > 0 ? `Desk ${SESSIONS - 1}` : 'Desk 1').waitFor();
  }
}

/** Types what one session alone is called, and takes it out again. @param {Tab} tab */
async function filter(tab) {
  await searchBox(tab).pressSequentially('desk 1999');
  await findSession(tab, 'Desk 1999').waitFor();
  await findSession(tab, 'Desk 1').waitFor({ state: 'detached' });
  await searchBox(tab).fill('');
  await findSession(tab, 'Desk 1').waitFor();
}

journey('2,000 sessions scroll and filter without a long task', shared, { before: manySessions }, async (tab) => {
  await tab.open('#/sessions');
  await findSession(tab, 'Desk 1').waitFor();
  await tab.page.getByRole('main').hover();
  const longest = { scroll: /** @type {number[]} */ ([]), filter: /** @type {number[]} */ ([]) };
  for (let run = 1; run <= RUNS; run += 1) {
    longest.scroll.push(await longestTask(tab, () => scroll(tab)));
    longest.filter.push(await longestTask(tab, () => filter(tab)));
  }
  console.log(`longest tasks: ${longest.scroll} ms while scrolling, ${longest.filter} ms while filtering`);
  assert.ok(median(longest.scroll) <= LONG_TASK_MS, `scrolling: a task of ${median(longest.scroll)} ms`);
  assert.ok(median(longest.filter) <= LONG_TASK_MS, `filtering: a task of ${median(longest.filter)} ms`);
});

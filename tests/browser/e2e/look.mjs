// Looks at every page in one theme: pictures at 360 and 1440 px, nothing wider than the screen, nothing that axe finds.
import { after, before } from 'node:test';
import { assertAccessible } from '../harness/axe.mjs';
import { journey } from '../harness/browser.mjs';
import { startWorld } from '../harness/world.mjs';
import { DIALOGS } from '../pages/dialogs.mjs';
import { closeOpen } from '../pages/frame.mjs';

const WIDTHS = [360, 1440];

/** @param {'light'|'dark'} theme */
export function lookAtEveryPage(theme) {
  /** @type {import('../harness/world.mjs').World} */
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.end());

  for (const width of WIDTHS)
    journey(
      `every page is accessible and fits, ${theme}, ${width} px`,
      () => world,
      { theme, width },
      async (tab, { pages }) => {
        for (const [name, hash] of Object.entries(pages)) {
          await tab.open(hash);
          await look(tab, name);
        }
      },
    );

  for (const width of WIDTHS)
    journey(
      `every dialog is accessible and fits, ${theme}, ${width} px`,
      () => world,
      { theme, width },
      async (tab) => {
        for (const [name, open] of Object.entries(DIALOGS)) {
          await open(tab, world);
          await look(tab, name);
          await closeOpen(tab);
        }
      },
    );

  for (const width of WIDTHS)
    journey(
      `the sign-in is accessible and fits, ${theme}, ${width} px`,
      () => world,
      { theme, width, signedIn: false },
      async (tab) => {
        await tab.open('#/');
        await look(tab, 'sign-in');
      },
    );

  /** @param {import('../harness/browser.mjs').Tab} tab @param {string} name */
  async function look(tab, name) {
    await tab.assertNoSidewaysScrolling();
    await assertAccessible(tab, name);
    await tab.picture(`${name}-${tab.page.viewportSize()?.width}-${theme}`);
  }
}

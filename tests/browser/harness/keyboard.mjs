// A person without a mouse: only keys, and only what has the focus.

/** @typedef {import('./browser.mjs').Tab} Tab */
/** @typedef {import('playwright-core').Locator} Locator */
/** More stops than any page may ask of a person. */
const STOPS = 80;

/** Whether one of these has the focus. @param {Locator} wanted */
const hasFocus = (wanted) =>
  wanted.evaluateAll((elements) => elements.includes(/** @type {any} */ (document.activeElement)));

/** Presses Tab until it is reached; fails when the focus cannot be seen there. @param {Tab} tab @param {Locator} wanted @param {string} [key] */
export async function tabTo({ page }, wanted, key = 'Tab') {
  await wanted.first().waitFor();
  for (let stop = 0; stop < STOPS; stop += 1) {
    if (await hasFocus(wanted)) return assertSeen(page);
    await page.keyboard.press(key);
  }
  throw new Error(`${wanted} is not reached with ${STOPS} times ${key}`);
}

/** @param {import('playwright-core').Page} page */
async function assertSeen(page) {
  const seen = await page.evaluate(() => {
    const element = /** @type {HTMLElement} */ (document.activeElement);
    const rings = [
      element,
      element.parentElement,
      element.nextElementSibling,
      element.closest('label'),
      element.closest('[role="row"]'),
    ];
    // The link of a row has its ring around the whole row.
    const looks = rings.flatMap((one) => (one ? [getComputedStyle(one), getComputedStyle(one, '::after')] : []));
    const ring = looks.some(
      ({ outlineStyle, outlineWidth, boxShadow }) =>
        (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none',
    );
    return ring ? '' : element.outerHTML.slice(0, 200);
  });
  if (seen) throw new Error(`the focus cannot be seen on ${seen}`);
}

/** Goes there and presses Enter. @param {Tab} tab @param {Locator} wanted */
export async function press(tab, wanted, key = 'Enter') {
  await tabTo(tab, wanted);
  await tab.page.keyboard.press(key);
}

/** Goes there and types. @param {Tab} tab @param {Locator} wanted @param {string} text */
export async function type(tab, wanted, text) {
  await tabTo(tab, wanted);
  await tab.page.keyboard.type(text);
}

// Puts the icons into the page, once: a reference within the document costs nothing, one to another file is asked for again.

const ICONS = '/assets/icons.svg';

/** Without them the page works; it looks poorer. @param {{page: Document, fetch: typeof globalThis.fetch}} parts */
export async function addSprite({ page, fetch }) {
  const answer = await fetch(ICONS).catch(() => null);
  if (!answer?.ok) return;
  const icons = new DOMParser().parseFromString(await answer.text(), 'image/svg+xml').documentElement;
  icons.setAttribute('class', 'hidden');
  icons.setAttribute('aria-hidden', 'true');
  page.body.append(page.importNode(icons, true));
}

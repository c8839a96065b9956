// Copies what the page needs of its libraries into assets/vendor and lists the files' sums in its README: node vendor.mjs
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const url = (/** @type {string} */ path) => new URL(path, import.meta.url);
const versionOf = (/** @type {string} */ name) =>
  JSON.parse(readFileSync(url(`node_modules/${name}/package.json`), 'utf8')).version;

/** Where each file comes from: path in assets/vendor, path in node_modules. */
export const FILES = [
  ...['lit-html', 'directive', 'directive-helpers', 'async-directive'].map((name) => `lit-html/${name}.js`),
  ...['repeat', 'ref', 'if-defined', 'live'].map((name) => `lit-html/directives/${name}.js`),
  'lit-html/LICENSE',
]
  .map((path) => [path, path])
  .concat([
    ['uplot/uPlot.iife.min.js', 'uplot/dist/uPlot.iife.min.js'],
    ['uplot/uPlot.min.css', 'uplot/dist/uPlot.min.css'],
    ['uplot/LICENSE', 'uplot/LICENSE'],
    ['lucide-LICENSE', 'lucide-static/LICENSE'],
    ...['swagger-ui-bundle.js', 'swagger-ui-bundle.js.LICENSE.txt', 'swagger-ui.css', 'LICENSE', 'NOTICE'].map(
      (name) => [`swagger-ui/${name}`, `swagger-ui-dist/${name}`],
    ),
  ]);

/** @param {URL} file */
export const sumOf = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** What assets/vendor/README.md has to say. */
export function readme() {
  const rows = FILES.map(([to, from]) => `| \`${to}\` | \`${sumOf(url(`node_modules/${from}`))}\` |`);
  return `# What others wrote

Unchanged copies from the packages on npm, so that the page needs no other host and no build. \`npm run vendor\` in
\`tests/browser\` renews them and this page; \`unit/vendor.test.mjs\` compares both with the packages.

- lit-html ${versionOf('lit-html')} (BSD-3-Clause): templates.
- uPlot ${versionOf('uplot')} (MIT): charts. Loaded when a chart is shown.
- Lucide ${versionOf('lucide-static')} (ISC): the icons in \`../icons.svg\`, made by \`tests/browser/icons.mjs\`.
- Swagger UI ${versionOf('swagger-ui-dist')} (Apache-2.0): the page at \`/docs\`, which alone loads it.

The \`.d.ts\` files beside them are ours: they lead the type checker to the packages' types.

| file | sha256 |
|---|---|
${rows.join('\n')}
`;
}

if (process.argv[1] === url('vendor.mjs').pathname) {
  for (const [to, from] of FILES) {
    const target = url(`../../assets/vendor/${to}`);
    mkdirSync(dirname(target.pathname), { recursive: true });
    copyFileSync(url(`node_modules/${from}`), target);
  }
  writeFileSync(url('../../assets/vendor/README.md'), readme());
}

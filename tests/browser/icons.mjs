// Builds assets/icons.svg from the icons of Lucide that are named here: node icons.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const NAMES =
  `layout-dashboard smartphone message-square messages-square webhook activity flask-conical settings ellipsis
  ellipsis-vertical menu x check check-check clock circle-alert triangle-alert circle-check circle-x circle-question-mark info
  loader-circle refresh-cw rotate-cw play pause square power log-out trash-2 plus search copy chevron-right
  chevron-down arrow-left arrow-right arrow-up-right arrow-down-left external-link eye eye-off send-horizontal qr-code key-round
  link unlink sun moon monitor funnel wifi wifi-off users user phone pencil ban zap scissors bell inbox
  arrow-up undo-2 hourglass file-json`.split(/\s+/);

const url = (/** @type {string} */ path) => new URL(path, import.meta.url);

/** @param {string} name */
function symbol(name) {
  const source = readFileSync(url(`node_modules/lucide-static/icons/${name}.svg`), 'utf8');
  const shapes = source.slice(source.indexOf('\n>') + 2, source.lastIndexOf('</svg>'));
  return `<symbol id="icon-${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, '').replace(/ \/>/g, '/>')}</symbol>`;
}

const sprite = `<svg xmlns="http://www.w3.org/2000/svg">\n${NAMES.map(symbol).join('\n')}\n</svg>\n`;
writeFileSync(url('../../assets/icons.svg'), sprite);

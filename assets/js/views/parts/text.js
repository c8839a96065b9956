// A message's text with WhatsApp's formatting, from the tree that format.js makes of it: never as markup.
import { parseFormatting } from '../../format.js';
import { html } from '../../lit.js';

/** @param {import('../../format.js').Node} node @returns {unknown} */
function one(node) {
  if (node.kind === 'text') return node.text;
  if (node.kind === 'link')
    return html`<a class="link" href=${node.text} target="_blank" rel="noopener noreferrer">${node.text}</a>`;
  const inside = node.children.map(one);
  if (node.kind === 'bold') return html`<strong>${inside}</strong>`;
  if (node.kind === 'italic') return html`<em>${inside}</em>`;
  if (node.kind === 'strike') return html`<s>${inside}</s>`;
  return html`<code class="text-code">${inside}</code>`;
}

/** @param {string} text */
export const formatted = (text) => html`<span class="formatted">${parseFormatting(text).map(one)}</span>`;

// The frame of one page: its only h1, what can be done, and its content.
import { html, nothing } from '../../lit.js';
import { icon } from './icon.js';

/** @param {{title: unknown, subtitle?: unknown, badge?: unknown, actions?: unknown, back?: {href: string, label: string}, body: unknown, narrow?: boolean}} options */
export const page = ({
  title,
  subtitle,
  badge,
  actions,
  back,
  body,
  narrow,
}) => html`<div class="page ${narrow ? 'page-narrow' : ''}">
  ${back ? html`<a class="back" href=${back.href}>${icon('arrow-left')}${back.label}</a>` : nothing}
  <header class="page-head">
    <div class="min-w-0 flex-1">
      <div class="flex flex-wrap items-center gap-x-3 gap-y-1"><h1 class="page-title" tabindex="-1">${title}</h1>${badge ?? nothing}</div>
      ${subtitle ? html`<p class="page-subtitle">${subtitle}</p>` : nothing}
    </div>
    ${actions ? html`<div class="page-actions">${actions}</div>` : nothing}
  </header>
  ${body}
</div>`;

/** A titled area of a page. @param {{id?: string, title?: unknown, text?: unknown, actions?: unknown, body: unknown, flush?: boolean}} options */
export const card = ({
  id,
  title,
  text,
  actions,
  body,
  flush,
}) => html`<section class="card" aria-labelledby=${id ? `${id}-heading` : nothing}>
  ${title || actions ? html`<header class="card-head"><div class="min-w-0 flex-1"><h2 class="card-title" id=${id ? `${id}-heading` : nothing}>${title}</h2>${text ? html`<p class="text-muted">${text}</p>` : nothing}</div>${actions ?? nothing}</header>` : nothing}
  <div class=${flush ? '' : 'card-body'}>${body}</div>
</section>`;

/** Names and values. @param {[unknown, unknown][]} rows */
export const facts = (rows) =>
  html`<dl class="facts">${rows.map(([name, value]) => html`<div class="fact"><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

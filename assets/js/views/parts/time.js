// A time as people say it, with the exact one on hover. It is drawn anew as the state's clock moves on.
import { dateTime, relative } from '../../format.js';
import { html } from '../../lit.js';

/** @param {string|null|undefined} at @param {number} now the state's `shell.now` */
export const timeAgo = (at, now) =>
  at
    ? html`<time datetime=${at} title=${dateTime(at)}>${relative(at, now)}</time>`
    : html`<span class="text-muted">–</span>`;

/** @param {string|null|undefined} at */
export const timeExact = (at) =>
  at ? html`<time datetime=${at}>${dateTime(at)}</time>` : html`<span class="text-muted">–</span>`;

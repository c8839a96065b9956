// What the views use of lit-html, under one roof; what only some forms use is in lit-forms.js.

export { AsyncDirective } from '../vendor/lit-html/async-directive.js';
export { Directive, directive } from '../vendor/lit-html/directive.js';
export { ifDefined } from '../vendor/lit-html/directives/if-defined.js';
export { live } from '../vendor/lit-html/directives/live.js';
export { repeat } from '../vendor/lit-html/directives/repeat.js';
export { html, nothing, render } from '../vendor/lit-html/lit-html.js';

import { repeat } from '../vendor/lit-html/directives/repeat.js';

/**
 * Made anew when the key changes. lit's own `keyed` forgets what it showed before directives in there are told that they leave, so that
 * they would keep their listeners and timers.
 * @param {unknown} key @param {unknown} value
 */
export const keyed = (key, value) =>
  repeat(
    [value],
    () => key,
    (same) => same,
  );

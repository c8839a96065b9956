// What the views use of lit-html, under one roof.

export { AsyncDirective } from '../vendor/lit-html/async-directive.js';
export { Directive, directive, PartType } from '../vendor/lit-html/directive.js';
export { classMap } from '../vendor/lit-html/directives/class-map.js';
export { ifDefined } from '../vendor/lit-html/directives/if-defined.js';
export { keyed } from '../vendor/lit-html/directives/keyed.js';
export { live } from '../vendor/lit-html/directives/live.js';
export { ref } from '../vendor/lit-html/directives/ref.js';
export { repeat } from '../vendor/lit-html/directives/repeat.js';
export { html, nothing, render, svg } from '../vendor/lit-html/lit-html.js';

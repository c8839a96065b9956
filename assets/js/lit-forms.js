// What only some forms use of lit-html.

export { ref } from '../vendor/lit-html/directives/ref.js';

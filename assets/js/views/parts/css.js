// Sets styles through the CSSOM, since the page's policy forbids style attributes: <div ${css({ height: '10px', '--x': 1 })}>.
import { Directive, directive, nothing } from '../../lit.js';

class Css extends Directive {
  /** What is set already: reading it from the element would cost more. @type {Record<string, string|number>} */
  set = {};

  /** @param {Record<string, string|number>} _styles */
  render(_styles) {
    return nothing;
  }

  /** @param {any} part @param {[Record<string, string|number>]} styles @override */
  update(part, [styles]) {
    for (const [name, value] of Object.entries(styles))
      if (this.set[name] !== value) part.element.style.setProperty(name, String(value));
    this.set = styles;
    return nothing;
  }
}

export const css = directive(Css);

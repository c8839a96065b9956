// Colours from a brand's one: whatever it is, what is written in it or on it can be read. Pure.

/** @typedef {[number, number, number]} Rgb */

/** @param {string} text @returns {Rgb|null} */
export function parseColor(text) {
  const [, hex] = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(text.trim()) ?? [];
  if (!hex) return null;
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  return /** @type {Rgb} */ ([0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16)));
}

/** Relative luminance, as WCAG has it. @param {Rgb} color */
function luminance(color) {
  const [red, green, blue] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {Rgb} one @param {Rgb} other */
export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {Rgb} from @param {Rgb} to @param {number} share @returns {Rgb} */
const mix = (from, to, share) =>
  /** @type {Rgb} */ (from.map((value, at) => Math.round(value + (to[at] - value) * share)));
const css = (/** @type {Rgb} */ color) => `rgb(${color.join(' ')})`;

const WHITE = /** @type {Rgb} */ ([255, 255, 255]);
const BLACK = /** @type {Rgb} */ ([10, 10, 12]);
const GROUNDS = {
  light: /** @type {Rgb[]} */ ([
    [255, 255, 255],
    [247, 247, 248],
  ]),
  dark: /** @type {Rgb[]} */ ([
    [20, 20, 23],
    [27, 27, 31],
  ]),
};
/** What WCAG asks for text, with a little to spare. */
const READABLE = 4.6;
/** The share of the brand in what lies under text. */
const TINT = { light: 0.1, dark: 0.18 };

/**
 * The page's custom properties for a brand's colour; none when it is no colour.
 * @param {string|null|undefined} color @param {'light'|'dark'} theme @returns {Record<string, string>}
 */
export function palette(color, theme) {
  const brand = color ? parseColor(color) : null;
  if (!brand) return {};
  const grounds = GROUNDS[theme];
  const away = theme === 'light' ? BLACK : WHITE;
  const soft = mix(grounds[0], brand, TINT[theme]);
  const readable = (/** @type {Rgb} */ one) => [...grounds, soft].every((ground) => contrast(one, ground) >= READABLE);
  let accent = brand;
  for (let share = 0.04; !readable(accent) && share <= 1; share += 0.04) accent = mix(brand, away, share);
  const ink = contrast(accent, WHITE) >= contrast(accent, BLACK) ? WHITE : BLACK;
  return {
    '--accent': css(accent),
    '--accent-hover': css(mix(accent, away, 0.15)),
    '--accent-ink': css(ink),
    '--accent-soft': css(soft),
    '--accent-text': css(accent),
  };
}

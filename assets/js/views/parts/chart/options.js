// How uPlot draws axes and layers. The colours and the letters come from the theme.
import { dayLabel, hourLabel } from '../../../format.js';

/** @typedef {import('../chart.js').ChartOptions} ChartOptions */
/** @typedef {(name: string) => string} Color */

const DAY = 86_400;
const HOUR = 3_600;
/** Steps that are whole numbers, and whose words are short. */
const STEPS = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((zeros) => [1, 2, 5].map((step) => step * 10 ** zeros));

/** @param {CSSStyleDeclaration} look */
const fontOf = (look) => ({ font: `${look.fontSize} ${look.fontFamily}`, size: Number.parseFloat(look.fontSize) });

/** Ticks of time: whole days where there is no room for hours. @param {CSSStyleDeclaration} look @param {Color} color */
export function xAxis(look, color) {
  const { font, size } = fontOf(look);
  const label = (/** @type {number} */ at, /** @type {number} */ step) => {
    const midnight = new Date(at * 1000).getHours() === 0;
    return step >= DAY || midnight ? dayLabel(at * 1000) : hourLabel(at * 1000);
  };
  return {
    stroke: color('muted'),
    font,
    size: size * 2.4,
    gap: size * 0.5,
    space: size * 5.5,
    incrs: [HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 10 * DAY, 15 * DAY],
    grid: { show: false },
    ticks: { stroke: color('line-strong'), width: 1, size: size * 0.4 },
    values: (
      /** @type {any} */ plot,
      /** @type {number[]} */ at,
      /** @type {number} */ _axis,
      /** @type {number} */ _space,
      /** @type {number} */ step,
    ) => at.map((value) => (value < plot.scales.x.max ? label(value, step) : '')),
  };
}

/** @param {ChartOptions} options @param {CSSStyleDeclaration} look @param {Color} color */
export function axisOf(options, look, color) {
  const { font, size } = fontOf(look);
  const words = options.axis ?? options.format;
  return {
    stroke: color('muted'),
    font,
    gap: size * 0.5,
    space: size * 2.2,
    ...(options.max ? {} : { incrs: STEPS }),
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false },
    size: (/** @type {any} */ _plot, /** @type {string[]|null} */ values) =>
      size * 1.4 + Math.max(2, ...(values ?? []).map((value) => value?.length ?? 0)) * size * 0.56,
    values: (/** @type {any} */ _plot, /** @type {number[]} */ values) => values.map((value) => words(Math.abs(value))),
  };
}

/** @param {import('../chart.js').Layer} layer @param {any} uPlot @param {Color} color */
export function seriesOf(layer, uPlot, color) {
  const paint = color(layer.color);
  if (layer.kind === 'line') {
    return {
      stroke: paint,
      width: 2,
      dash: layer.dashed ? [5, 4] : undefined,
      points: { show: true, size: 5, fill: paint, stroke: paint },
    };
  }
  return {
    fill: paint,
    stroke: paint,
    width: 0,
    paths: uPlot.paths.bars({ size: [0.72, 40] }),
    points: { show: false },
  };
}

// Draws a chart with uPlot, which is loaded with the first one, in the theme's colours.
import { pile } from '../../../figures.js';
import { axisOf, seriesOf, xAxis } from './options.js';

/** @typedef {import('../chart.js').ChartOptions} ChartOptions */
/** @typedef {ReturnType<typeof createDrawing>} Drawing */

const SCRIPT = '/assets/vendor/uplot/uPlot.iife.min.js';
const STYLES = '/assets/vendor/uplot/uPlot.min.css';
let loading = /** @type {Promise<any>|null} */ (null);

/** @param {Document} page */
export function library(page) {
  loading ??= new Promise((done, failed) => {
    const styles = page.createElement('link');
    styles.rel = 'stylesheet';
    styles.href = STYLES;
    const script = page.createElement('script');
    script.src = SCRIPT;
    script.onload = () => done(/** @type {any} */ (page.defaultView).uPlot);
    script.onerror = () => {
      loading = null;
      failed(new Error(SCRIPT));
    };
    page.head.append(styles, script);
  });
  return loading;
}

/** Bars first, the whole pile before what lies below it; then lines. @param {ChartOptions} options */
function orderOf({ layers }) {
  const bars = layers.filter((layer) => !layer.kind || layer.kind === 'bar');
  const below = layers.filter((layer) => layer.kind === 'below');
  const piled = pile(bars.map((layer) => layer.values));
  const lines = layers.filter((layer) => layer.kind === 'line');
  return [
    // A bar of nothing would be drawn as a hair.
    ...bars.map((layer, index) => ({ layer, values: piled[index].map((value) => value || null) })).reverse(),
    ...below.map((layer) => ({ layer, values: layer.values.map((value) => (value ? -value : null)) })),
    ...lines.map((layer) => ({ layer, values: layer.values })),
  ];
}

/** @param {ChartOptions} options */
const dataOf = (options) => [options.at, ...orderOf(options).map(({ values }) => values)];

/** What it is drawn anew for; other figures alone are put into what is there. @param {ChartOptions} options */
const shapeOf = ({ look, bucketSeconds, max, layers }) =>
  JSON.stringify([look, bucketSeconds, max, layers.map(({ color }) => color)]);

/**
 * How uPlot is to draw, in the size and the colours of a box.
 * @param {HTMLElement} box @param {() => ChartOptions} current @param {any} uPlot @param {(index: number|null) => void} onPoint
 */
function plotOptions(box, current, uPlot, onPoint) {
  const options = current();
  const look = getComputedStyle(box);
  const color = (/** @type {string} */ name) => look.getPropertyValue(`--${name}`).trim();
  const half = options.bucketSeconds / 2;
  // The last figures may be older than the chart: what it spans is read from the present ones.
  const range = () => {
    const { at } = current();
    return at.length ? [at[0] - half, at[at.length - 1] + half] : [0, 1];
  };
  const reach = (/** @type {any} */ _plot, /** @type {number} */ low, /** @type {number} */ high) => [
    low < 0 ? low * 1.08 : 0,
    options.max ?? (high > 0 ? high * 1.08 : 1),
  ];
  return {
    width: box.clientWidth || 300,
    height: box.clientHeight || 200,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { show: options.layers.every((layer) => layer.kind === 'line') },
      sync: { key: 'overview' },
      move: (/** @type {any} */ plot, /** @type {number} */ left, /** @type {number} */ y) => [
        left < 0 ? left : plot.valToPos(plot.data[0][plot.posToIdx(left)], 'x'),
        y,
      ],
    },
    scales: { x: { range }, y: { range: reach } },
    axes: [xAxis(look, color), axisOf(options, look, color)],
    series: [{}, ...orderOf(options).map(({ layer }) => seriesOf(layer, uPlot, color))],
    hooks: { setCursor: [(/** @type {any} */ plot) => onPoint(plot.cursor.idx ?? null)] },
  };
}

/** Needs that `library` was loaded. @param {{box: HTMLElement, options: () => ChartOptions, onPoint: (index: number|null) => void}} parts */
export function createDrawing({ box, options, onPoint }) {
  const { uPlot } = /** @type {any} */ (box.ownerDocument.defaultView);
  let plot = /** @type {any} */ (null);
  let drawn = '';
  let shape = '';
  const sizes = new ResizeObserver(() => {
    if (box.clientWidth) plot?.setSize({ width: box.clientWidth, height: box.clientHeight });
  });
  sizes.observe(box);

  function build() {
    plot?.destroy();
    plot = new uPlot(plotOptions(box, options, uPlot, onPoint), dataOf(options()), box);
  }

  return {
    /** Draws what the options say now. */
    update() {
      const { at, layers } = options();
      const next = shapeOf(options());
      const data = JSON.stringify([at, layers.map(({ values }) => values)]);
      if (next !== shape || !plot) {
        shape = next;
        build();
      } else if (data !== drawn) plot.setData(dataOf(options()));
      drawn = data;
    },
    rebuild: build,
    /** @param {number} at seconds */
    pointAt: (at) => plot?.setCursor({ left: plot.valToPos(at, 'x'), top: 0 }, true, true),
    leave: () => plot?.setCursor({ left: -10, top: -10 }, true, true),
    destroy() {
      sizes.disconnect();
      plot?.destroy();
      plot = null;
    },
  };
}

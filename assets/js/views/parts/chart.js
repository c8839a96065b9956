// Charts: loads uPlot when the first one comes into sight, draws in the theme's colours, and reads out what lies under the cursor.

import { pile } from '../../figures.js';
import { t } from '../../i18n.js';
import { AsyncDirective, directive, html, nothing, render } from '../../lit.js';
import { axisOf, seriesOf, xAxis } from './chart/options.js';
import { css } from './css.js';

/**
 * @typedef {object} Layer
 * @property {string} label
 * @property {string} color the name of a colour of the theme, as `--chart-read` without the dashes
 * @property {(number|null)[]} values
 * @property {'bar'|'below'|'line'} [kind] bars are piled up in their order; those below hang from the axis
 * @property {boolean} [dashed]
 * @property {string} [total] shown beside the label while nothing is pointed at
 */

/**
 * @typedef {object} ChartOptions
 * @property {string} id
 * @property {string} label what the chart is of, read out
 * @property {string} whole the period in words, shown while nothing is pointed at
 * @property {number[]} at the middle of each bucket, in seconds
 * @property {number} bucketSeconds
 * @property {Layer[]} layers
 * @property {(value: number|null) => string} format
 * @property {(value: number) => string} [axis] shorter than `format`
 * @property {(index: number) => string} when a bucket in words
 * @property {number} [max] the top of the axis; else what the values need
 * @property {string} look changes when colours or words do
 */

const SCRIPT = '/assets/vendor/uplot/uPlot.iife.min.js';
const STYLES = '/assets/vendor/uplot/uPlot.min.css';
let loading = /** @type {Promise<any>|null} */ (null);

/** @param {Document} page */
function library(page) {
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

class Plot extends AsyncDirective {
  /** @type {ChartOptions|null} */
  options = null;
  /** @type {HTMLElement|null} */
  element = null;
  plot = /** @type {any} */ (null);
  index = /** @type {number|null} */ (null);
  drawn = '';
  shape = '';
  uPlot = /** @type {any} */ (null);
  failed = false;

  /** @param {ChartOptions} _options */
  render(_options) {
    return nothing;
  }

  /** @param {any} part @param {[ChartOptions]} options @override */
  update(part, [options]) {
    this.options = options;
    if (!this.element) {
      this.element = part.element;
      this.begin();
    }
    this.draw();
    return nothing;
  }

  begin() {
    const page = /** @type {HTMLElement} */ (this.element).ownerDocument;
    // A theme that follows the system changes without the state.
    this.themes = new MutationObserver(() => this.rebuild());
    this.themes.observe(page.documentElement, { attributeFilter: ['class'] });
    this.sizes = new ResizeObserver(() => this.resize());
    const box = /** @type {HTMLElement} */ (this.element?.querySelector('.chart-plot'));
    box.addEventListener('keydown', this.keydown);
    box.addEventListener('blur', this.leave);
    this.sight = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) this.load(page);
    });
    this.sight.observe(box);
  }

  /** @param {Document} page */
  load(page) {
    this.sight?.disconnect();
    library(page).then(
      (uPlot) => {
        this.uPlot = uPlot;
        this.draw();
      },
      () => {
        this.failed = true;
        this.draw();
      },
    );
  }

  /** @override */
  disconnected() {
    this.themes?.disconnect();
    this.sight?.disconnect();
    this.sizes?.disconnect();
    this.plot?.destroy();
    this.plot = null;
    this.drawn = '';
  }

  /** @override */
  reconnected() {
    this.begin();
  }

  /** The legend is the readout: the whole period, or the bucket under the cursor. */
  legend() {
    const { element, options, index } = this;
    if (!element || !options) return;
    const chosen = index !== null && index < options.at.length ? index : null;
    const value = (/** @type {Layer} */ layer) =>
      chosen === null ? layer.total : options.format(layer.values[chosen] ?? null);
    const keyOf = (/** @type {Layer} */ layer) => html`<li class="chart-key">
      <span class="chart-swatch ${layer.kind === 'line' ? 'chart-swatch-line' : ''} ${layer.dashed ? 'is-dashed' : ''}" ${css({ '--swatch': `var(--${layer.color})` })}></span>
      <span>${layer.label}</span><strong>${value(layer) ?? ''}</strong></li>`;
    render(
      html`<p class="chart-when">${chosen === null ? options.whole : options.when(chosen)}</p>
        <ul class="chart-keys">${options.layers.map(keyOf)}</ul>
        ${this.failed ? html`<p class="chart-failed">${t('overview.chartFailed')}</p>` : nothing}`,
      /** @type {HTMLElement} */ (element.querySelector('.chart-legend')),
    );
    const plot = /** @type {HTMLElement} */ (element.querySelector('.chart-plot'));
    const at = chosen ?? options.at.length - 1;
    const words = options.layers.map((layer) => `${layer.label}: ${options.format(layer.values[at] ?? null)}`);
    plot.setAttribute('aria-valuemax', String(Math.max(0, options.at.length - 1)));
    plot.setAttribute('aria-valuenow', String(Math.max(0, at)));
    plot.setAttribute('aria-valuetext', at < 0 ? options.label : `${options.when(at)}. ${words.join('; ')}`);
  }

  draw() {
    const { options, element } = this;
    if (!options || !element || !this.isConnected) return;
    this.legend();
    if (!this.uPlot) return;
    // In the document only after this rendering.
    queueMicrotask(() => {
      if (!this.isConnected || !element.isConnected) return;
      const shape = JSON.stringify([
        options.look,
        options.bucketSeconds,
        options.max,
        options.layers.map((l) => l.color),
      ]);
      const data = JSON.stringify([options.at, options.layers.map((layer) => layer.values)]);
      if (shape !== this.shape || !this.plot) {
        this.shape = shape;
        this.build();
      } else if (data !== this.drawn) this.plot.setData(this.data());
      this.drawn = data;
    });
  }

  rebuild() {
    if (this.plot) this.build();
  }

  /** Bars first, the whole pile before what lies below it; then lines. */
  order() {
    const { layers } = /** @type {ChartOptions} */ (this.options);
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

  data() {
    return [/** @type {ChartOptions} */ (this.options).at, ...this.order().map(({ values }) => values)];
  }

  build() {
    const options = /** @type {ChartOptions} */ (this.options);
    const box = /** @type {HTMLElement} */ (this.element?.querySelector('.chart-plot'));
    this.plot?.destroy();
    const look = getComputedStyle(box);
    const color = (/** @type {string} */ name) => look.getPropertyValue(`--${name}`).trim();
    const half = options.bucketSeconds / 2;
    // The last figures may be older than the chart: what it spans is read from the present ones.
    const range = () => {
      const { at } = /** @type {ChartOptions} */ (this.options);
      return at.length ? [at[0] - half, at[at.length - 1] + half] : [0, 1];
    };
    const reach = (/** @type {any} */ _plot, /** @type {number} */ low, /** @type {number} */ high) => [
      low < 0 ? low * 1.08 : 0,
      options.max ?? (high > 0 ? high * 1.08 : 1),
    ];
    this.plot = new this.uPlot(
      {
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
        series: [{}, ...this.order().map(({ layer }) => seriesOf(layer, this.uPlot, color))],
        hooks: { setCursor: [(/** @type {any} */ plot) => this.point(plot.cursor.idx ?? null)] },
      },
      this.data(),
      box,
    );
    this.sizes?.disconnect();
    this.sizes?.observe(box);
  }

  /** @param {number|null} index */
  point(index) {
    if (index === this.index) return;
    this.index = index;
    this.legend();
  }

  resize() {
    const box = this.element?.querySelector('.chart-plot');
    if (box?.clientWidth && this.plot) this.plot.setSize({ width: box.clientWidth, height: box.clientHeight });
  }

  /** @param {KeyboardEvent} event */
  keydown = (event) => {
    const { plot, options } = this;
    if (!plot || !options) return;
    const last = options.at.length - 1;
    const now = this.index ?? last + 1;
    const steps = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1 };
    const jumps = { PageDown: now - 6, PageUp: now + 6, Home: 0, End: last };
    const to = /** @type {Record<string, number>} */ ({ ...steps, ...jumps })[event.key];
    if (event.key === 'Escape') return this.leave();
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    plot.setCursor({ left: plot.valToPos(options.at[Math.max(0, Math.min(last, to))], 'x'), top: 0 }, true, true);
  };

  leave = () => this.plot?.setCursor({ left: -10, top: -10 }, true, true);
}
const plot = directive(Plot);

/** @param {ChartOptions & {describedBy?: string}} options */
export const chart = (options) => html`<div class="chart" ${plot(options)}>
  <div class="chart-legend"></div>
  <div class="chart-plot" id=${options.id} tabindex="0" role="slider" aria-label=${options.label} aria-roledescription=${t('overview.chart')}
    aria-valuemin="0" aria-describedby=${options.describedBy ?? nothing}></div>
</div>`;

/** The same as a table. @param {ChartOptions} options */
export const chartTable = (
  options,
) => html`<div class="chart-table" tabindex="0" role="region" aria-label=${t('overview.tableOf', { name: options.label })}><table>
  <caption class="sr-only">${options.label}</caption>
  <thead><tr><th scope="col">${t('overview.when')}</th>${options.layers.map((layer) => html`<th scope="col">${layer.label}</th>`)}</tr></thead>
  <tbody>${options.at
    .map(
      (_, index) =>
        html`<tr><th scope="row">${options.when(index)}</th>${options.layers.map((layer) => html`<td>${options.format(layer.values[index] ?? null)}</td>`)}</tr>`,
    )
    .reverse()}</tbody>
</table></div>`;

// Charts: what they are of in words and figures at once, and what draws them when one is in sight and nothing else is to be done.
import { t } from '../../i18n.js';
import { AsyncDirective, directive, html, nothing, render } from '../../lit.js';
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

/** How long drawing waits at most for a moment in which nothing else is to be done, in milliseconds. */
const PATIENCE_MS = 2_000;

/** @param {any} view @param {() => void} call */
const whenIdle = (view, call) =>
  view.requestIdleCallback ? view.requestIdleCallback(call, { timeout: PATIENCE_MS }) : view.setTimeout(call, 200);

class Plot extends AsyncDirective {
  /** @type {ChartOptions|null} */
  options = null;
  /** @type {HTMLElement|null} */
  element = null;
  drawing = /** @type {import('./chart/drawing.js').Drawing|null} */ (null);
  index = /** @type {number|null} */ (null);
  makeDrawing = /** @type {typeof import('./chart/drawing.js').createDrawing|null} */ (null);
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
    this.themes = new MutationObserver(() => this.drawing?.rebuild());
    this.themes.observe(page.documentElement, { attributeFilter: ['class'] });
    const box = /** @type {HTMLElement} */ (this.element?.querySelector('.chart-plot'));
    box.addEventListener('keydown', this.keydown);
    box.addEventListener('blur', this.leave);
    this.sight = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.sight?.disconnect();
      whenIdle(page.defaultView, () => this.load(page));
    });
    this.sight.observe(box);
  }

  /** @param {Document} page */
  async load(page) {
    if (!this.isConnected) return;
    try {
      const { createDrawing, library } = await import('./chart/drawing.js');
      await library(page);
      this.makeDrawing = createDrawing;
    } catch {
      this.failed = true;
    }
    this.draw();
  }

  /** @override */
  disconnected() {
    this.themes?.disconnect();
    this.sight?.disconnect();
    this.drawing?.destroy();
    this.drawing = null;
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
    // In the document only after this rendering.
    queueMicrotask(() => {
      if (!this.makeDrawing || !this.isConnected || !element.isConnected) return;
      this.drawing ??= this.makeDrawing({
        box: /** @type {HTMLElement} */ (element.querySelector('.chart-plot')),
        options: () => /** @type {ChartOptions} */ (this.options),
        onPoint: (index) => this.point(index),
      });
      this.drawing.update();
    });
  }

  /** @param {number|null} index */
  point(index) {
    if (index === this.index) return;
    this.index = index;
    this.legend();
  }

  /** @param {KeyboardEvent} event */
  keydown = (event) => {
    const { drawing, options } = this;
    if (!drawing || !options) return;
    const last = options.at.length - 1;
    const now = this.index ?? last + 1;
    const steps = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1 };
    const jumps = { PageDown: now - 6, PageUp: now + 6, Home: 0, End: last };
    const to = /** @type {Record<string, number>} */ ({ ...steps, ...jumps })[event.key];
    if (event.key === 'Escape') return drawing.leave();
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    drawing.pointAt(options.at[Math.max(0, Math.min(last, to))]);
  };

  leave = () => this.drawing?.leave();
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

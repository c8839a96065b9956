// A code to scan, from the picture that the API made. It is shown from a blob URL, which ends with the picture.
import { t } from '../../i18n.js';
import { AsyncDirective, directive, html, nothing } from '../../lit.js';
import { icon } from './icon.js';

class BlobSource extends AsyncDirective {
  /** @type {Blob|null} */
  blob = null;
  url = '';

  /** @param {Blob} blob @override */
  render(blob) {
    if (blob !== this.blob) {
      this.release();
      this.blob = blob;
      this.url = URL.createObjectURL(blob);
    }
    return this.url;
  }

  release() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.blob = null;
  }

  /** @override */
  disconnected() {
    this.release();
  }
}
const blobSource = directive(BlobSource);

/** @param {{blob: Blob|null, done?: boolean}} options */
export const qr = ({ blob, done }) => html`<div class="qr ${done ? 'qr-done' : ''}">
  ${blob ? html`<img src=${blobSource(blob)} alt=${t('common.qrAlt')} width="264" height="264" />` : html`<div class="qr-wait" role="status">${icon('loader-circle', 'spin')}<span class="sr-only">${t('common.loading')}</span></div>`}
  ${done ? html`<div class="qr-over">${icon('circle-check')}</div>` : nothing}
</div>`;

// The end of a list that goes on.
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { button } from './button.js';

/** @param {{cursor: string|null, busy: boolean, onMore: () => void}} options */
export const loadMore = ({ cursor, busy, onMore }) =>
  cursor
    ? html`<div class="flex justify-center py-4">${button({ label: t('common.loadMore'), icon: 'chevron-down', busy, onClick: onMore })}</div>`
    : nothing;

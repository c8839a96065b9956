// The chats of a session, and one of them with its messages.
import { t } from '../i18n.js';
import { empty } from './parts/empty.js';
import { page } from './parts/page.js';

/** @param {import('../types.js').State} _state @param {import('../types.js').Actions} _actions */
export const view = (_state, _actions) =>
  page({ title: t('nav.chats'), body: empty({ icon: 'messages-square', title: t('common.soon') }) });

// Buttons and menu entries for what can be done with a session.
import { t } from '../../i18n.js';
import { nothing } from '../../lit.js';
import { nextVerb, titleOf, verbsOf } from '../../sessions.js';
import { button } from '../parts/button.js';
import { menu, placeOf } from '../parts/menu.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */
/** @typedef {import('../../types.js').Session} Session */
/** @typedef {import('../../sessions.js').Verb} Verb */

/** @type {Record<Verb, string>} */
const ICONS = {
  link: 'qr-code',
  start: 'play',
  stop: 'square',
  restart: 'rotate-cw',
  logout: 'unlink',
  delete: 'trash-2',
};

/** What a session waits for, as one button. @param {Session} session @param {State} state @param {Actions} actions */
export function nextButton(session, { sessions }, actions) {
  const verb = nextVerb(session);
  if (!verb) return nothing;
  return button({
    label: t(`sessionVerbs.${verb}`),
    icon: ICONS[verb],
    kind: 'primary',
    busy: sessions.busy[session.id] === verb,
    onClick: () => actions.sessions.act(session.id, verb),
  });
}

/** The same in a row, which has its place for it also when there is nothing to do. @param {Session} session @param {State} state @param {Actions} actions */
export function rowButton(session, { sessions }, actions) {
  const verb = nextVerb(session);
  return button({
    label: t(verb === 'link' ? 'sessions.linkShort' : 'sessionVerbs.start'),
    small: true,
    classes: verb ? 'max-md:hidden' : 'invisible max-md:hidden',
    busy: verb !== null && sessions.busy[session.id] === verb,
    onClick: () => actions.sessions.act(session.id, verb ?? 'start'),
  });
}

/** Opens the menu of a session. @param {Session} session @param {State} state @param {Actions} actions @param {{small?: boolean, kind?: 'quiet'|'secondary'}} [look] */
export const moreButton = (session, { sessions }, actions, { small, kind = 'quiet' } = {}) =>
  button({
    label: t('sessions.moreOf', { name: titleOf(session) }),
    icon: 'ellipsis',
    iconOnly: true,
    small,
    kind,
    busy: Boolean(sessions.busy[session.id]) && sessions.busy[session.id] !== nextVerb(session),
    onClick: (event) => actions.sessions.page({ menu: { id: session.id, place: placeOf(event) } }),
  });

/** The open menu, if one is. @param {State} state @param {Actions} actions @param {Verb[]} [without] */
export function verbsMenu({ sessions }, actions, without = []) {
  const open = sessions.page.menu;
  const session = open && sessions.byId.get(open.id);
  if (!session) return nothing;
  return menu({
    label: t('sessions.moreOf', { name: titleOf(session) }),
    place: open.place,
    onClose: () => actions.sessions.page({ menu: null }),
    items: verbsOf(session)
      .filter((verb) => !without.includes(verb))
      .map((verb) => ({
        label: t(`sessionVerbs.${verb}`),
        icon: ICONS[verb],
        danger: verb === 'delete' || verb === 'logout',
        run: () => actions.sessions.act(session.id, verb),
      })),
  });
}

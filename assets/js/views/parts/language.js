// The choice of the language, each in its own words.
import { LANGUAGES, t } from '../../i18n.js';
import { segmented } from './segmented.js';

/** @param {import('../../types.js').State} state @param {import('../../types.js').Actions} actions */
export const languageChoice = ({ shell }, actions) =>
  segmented({
    name: 'language',
    label: t('settings.language'),
    value: shell.language,
    options: Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })),
    onChange: actions.chooseLanguage,
  });

// All words in one language, by subject.
import causes from './pt/causes.js';
import common from './pt/common.js';
import errors from './pt/errors.js';
import events from './pt/events.js';
import linking from './pt/linking.js';
import messages from './pt/messages.js';
import overview from './pt/overview.js';
import sandbox from './pt/sandbox.js';
import sessions from './pt/sessions.js';
import settings from './pt/settings.js';
import webhooks from './pt/webhooks.js';

export default {
  ...common,
  ...errors,
  ...overview,
  ...sessions,
  ...causes,
  ...linking,
  ...messages,
  ...webhooks,
  ...events,
  ...sandbox,
  ...settings,
};

// All words in one language, by subject.
import causes from './es/causes.js';
import common from './es/common.js';
import errors from './es/errors.js';
import events from './es/events.js';
import linking from './es/linking.js';
import messages from './es/messages.js';
import overview from './es/overview.js';
import sandbox from './es/sandbox.js';
import sessions from './es/sessions.js';
import settings from './es/settings.js';
import webhooks from './es/webhooks.js';

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

// All words in one language, by subject.
import causes from './en/causes.js';
import common from './en/common.js';
import errors from './en/errors.js';
import events from './en/events.js';
import linking from './en/linking.js';
import messages from './en/messages.js';
import overview from './en/overview.js';
import sandbox from './en/sandbox.js';
import sessions from './en/sessions.js';
import settings from './en/settings.js';
import webhooks from './en/webhooks.js';

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

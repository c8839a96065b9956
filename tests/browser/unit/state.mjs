// The state with the parts of all pages, as it is when each of them was shown.

import { events } from '../../../assets/js/store/events.js';
import { linking } from '../../../assets/js/store/linking.js';
import { messages } from '../../../assets/js/store/messages.js';
import { sandbox } from '../../../assets/js/store/sandbox.js';
import { sessions } from '../../../assets/js/store/sessions.js';
import { live, shell } from '../../../assets/js/store/shell.js';
import { stats } from '../../../assets/js/store/stats.js';
import { webhooks } from '../../../assets/js/store/webhooks.js';
import { initialOf, reduce as reduceParts } from '../../../assets/js/store.js';

export const PARTS = { shell, live, sessions, linking, messages, webhooks, events, sandbox, stats };
export const initialState = initialOf(PARTS);

/** @param {import('../../../assets/js/types.js').State} state @param {import('../../../assets/js/store.js').Action} action */
export const reduce = (state, action) => reduceParts(PARTS, state, action);

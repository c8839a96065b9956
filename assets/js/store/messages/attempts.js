// What is being sent from this page, until the API has it; of the form's, also what became of it. Pure.
import { messageOf, stepped } from './step.js';

/**
 * @typedef {object} Attempt
 * @property {string} key its Idempotency-Key: the same for each try
 * @property {'form'|'chat'} from
 * @property {string} sessionId
 * @property {string} to
 * @property {string} text
 * @property {string} at
 * @property {'sending'|'failed'|'accepted'} phase
 * @property {any} error
 * @property {import('../../types.js').Message|null} message
 * @property {import('../../types.js').WamuxEvent[]} [early] what was told of messages of the session before the answer came
 */

/** Outcomes that the form shows. */
const KEPT = 3;

export const attempts = {
  initial: /** @type {Attempt[]} */ ([]),

  /** @param {Attempt[]} list @param {import('../../store.js').Action} action @returns {Attempt[]} */
  reduce(list, action) {
    const change = (/** @type {Partial<Attempt>} */ changes) =>
      list.map((attempt) => (attempt.key === action.key ? { ...attempt, ...changes } : attempt));
    switch (action.type) {
      case 'attemptBegun':
        return begun(list, action.attempt);
      case 'attemptFailed':
        return change({ phase: 'failed', error: action.error });
      case 'attemptRetried':
        return change({ phase: 'sending', error: null });
      case 'attemptAccepted':
        return list
          .map((attempt) => (attempt.key === action.key ? accepted(attempt, action.message) : attempt))
          .filter(({ key, from }) => key !== action.key || from === 'form');
      case 'attemptDropped':
        return list.filter(({ key }) => key !== action.key);
      case 'events':
        return action.events.reduce(told, list);
      default:
        return list;
    }
  },
};

/** @param {Attempt[]} list @param {Attempt} attempt */
function begun(list, attempt) {
  const form = list.filter(({ from, phase }) => from === 'form' && phase !== 'sending');
  const dropped = new Set(attempt.from === 'form' ? form.slice(0, Math.max(0, form.length - KEPT + 1)) : []);
  return [...list.filter((other) => !dropped.has(other)), attempt];
}

/** The answer tells how far the message was when it was written; events may have told more. @param {Attempt} attempt @param {import('../../types.js').Message} message @returns {Attempt} */
function accepted({ early = [], ...attempt }, message) {
  const of = early.filter((event) => messageOf(event) === message.id);
  return { ...attempt, phase: 'accepted', message: of.reduce(stepped, message) };
}

/** @param {Attempt[]} list @param {import('../../types.js').WamuxEvent} event */
function told(list, event) {
  const id = messageOf(event);
  const concerns = (/** @type {Attempt} */ { message, phase, sessionId }) =>
    message ? message.id === id : phase === 'sending' && sessionId === event.sessionId;
  if (!id || !list.some(concerns)) return list;
  return list.map((attempt) => {
    if (!concerns(attempt)) return attempt;
    const { message, early = [] } = attempt;
    return message ? { ...attempt, message: stepped(message, event) } : { ...attempt, early: [...early, event] };
  });
}

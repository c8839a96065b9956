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
        return change({ phase: 'accepted', message: action.message }).filter(
          ({ key, from }) => key !== action.key || from === 'form',
        );
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

/** @param {Attempt[]} list @param {import('../../types.js').WamuxEvent} event */
function told(list, event) {
  const id = messageOf(event);
  if (!id || !list.some(({ message }) => message?.id === id)) return list;
  return list.map((attempt) => {
    const { message } = attempt;
    return message && message.id === id ? { ...attempt, message: stepped(message, event) } : attempt;
  });
}

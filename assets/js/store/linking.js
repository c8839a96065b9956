// State of linking a phone: the code to scan, the code to type, how far it is. It knows nothing of the dashboard, so that a page
// for end customers can hold it too.

/**
 * `waiting`: there is no code yet; `open`: it is the phone's turn; `expired`: nobody scanned, a person has to ask for more;
 * `syncing`: scanned, and on its way; `done`; `down`: the session does not run.
 * @typedef {'waiting'|'open'|'expired'|'syncing'|'done'|'down'} Stage
 */
/** @typedef {{blob: Blob|null, expiresAt: string|null, error: any}} Scan */
/** @typedef {{phone: string, code: string|null, expiresAt: string|null, over: boolean, busy: boolean, error: any}} Typed `over`: the code was not typed in time */

/**
 * @typedef {object} Linking
 * @property {string|null} id the session
 * @property {Stage} stage
 * @property {'scan'|'type'} method
 * @property {boolean} codeFirst on a phone, whose own screen cannot be scanned
 * @property {Scan} scan
 * @property {Typed} typed
 * @property {{phone: string|null, name: string|null}} account the one that was linked
 * @property {any} cause why the session is down
 */

const initial = /** @type {Linking} */ ({
  id: null,
  stage: 'waiting',
  method: 'scan',
  codeFirst: false,
  scan: { blob: null, expiresAt: null, error: null },
  typed: { phone: '', code: null, expiresAt: null, over: false, busy: false, error: null },
  account: { phone: null, name: null },
  cause: null,
});

/** What the API takes as a phone's number. @param {string} text */
export const isPhone = (text) => /^[+\d\s().-]*$/.test(text) && /^[1-9]\d{6,14}$/.test(text.replace(/\D/g, ''));

/**
 * How far a session is, for somebody who links it. `shown` is whether it had a code to scan.
 * @param {import('../types.js').Session} session @param {boolean} shown @returns {Stage}
 */
export function stageOf({ state, phone }, shown) {
  if (state === 'connected') return 'done';
  if (state === 'linking') return shown ? 'open' : 'waiting';
  if (state === 'starting' || state === 'reconnecting') return phone || shown ? 'syncing' : 'waiting';
  return 'down';
}

export const linking = {
  initial,

  /** @param {any} state @param {{type: string, [key: string]: any}} action @returns {Linking} */
  reduce(state, action) {
    switch (action.type) {
      case 'linkingOpened':
        return {
          ...initial,
          id: action.id,
          codeFirst: action.codeFirst,
          method: action.codeFirst ? 'type' : 'scan',
        };
      case 'linkingMethod':
        return { ...state, method: action.method };
      case 'linkingScan':
        return { ...state, scan: { ...state.scan, ...action.changes } };
      case 'linkingTyped':
        return { ...state, typed: { ...state.typed, ...action.changes } };
      case 'linkingStage':
        return { ...state, stage: action.stage, ...action.changes };
      case 'linkingClosed':
        return initial;
      default:
        return state;
    }
  },
};

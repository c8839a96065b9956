// State of linking a phone: the code to scan, the code to type, how far it is. It knows nothing of the dashboard, so that a page
// for end customers can hold it too.

/**
 * `waiting`: there is no code yet; `open`: it is the phone's turn; `expired`: nobody scanned, a person has to ask for more;
 * `passkey`: WhatsApp wants the account's passkey; `checking`: it looks at it; `compare`: a person compares two codes;
 * `syncing`: the phone has agreed, and it is on its way; `done`; `failed`; `down`: the session does not run.
 * @typedef {'waiting'|'open'|'passkey'|'checking'|'compare'|'expired'|'failed'|'syncing'|'done'|'down'} Stage
 */
/** @typedef {{blob: Blob|null, expiresAt: string|null, error: any}} Scan */
/** @typedef {{options: any, busy: boolean, error: any}} Passkey what WhatsApp wants signed */
/** @typedef {{code: string|null, busy: boolean, error: any}} Compare the code that the phone shows too */
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
 * @property {import('../types.js').LinkStep|null} step how far it is, as the API says it
 * @property {import('../types.js').LinkFailure|null} failure
 * @property {Passkey} passkey
 * @property {Compare} compare
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
  step: null,
  failure: null,
  passkey: { options: null, busy: false, error: null },
  compare: { code: null, busy: false, error: null },
});

/** What the API takes as a phone's number. @param {string} text */
export const isPhone = (text) => /^[+\d\s().-]*$/.test(text) && /^[1-9]\d{6,14}$/.test(text.replace(/\D/g, ''));

/** @type {Record<string, Stage>} */
const STAGES = { passkeyRequired: 'passkey', scanned: 'syncing', syncing: 'syncing' };

/**
 * How far a session is, for somebody who links it. `shown` is whether it had a code to scan; `past` names a failure of before.
 * @param {Pick<import('../types.js').Session, 'state'|'phone'|'linking'|'linkFailure'>} session
 * @param {boolean} shown @param {string|null} [past] @returns {Stage}
 */
export function stageOf({ state, phone, linking, linkFailure }, shown, past = null) {
  if (state === 'connected') return 'done';
  if (linking?.step === 'passkeyConfirmation') return linking.needsCode ? 'compare' : 'checking';
  if (linking && STAGES[linking.step]) return STAGES[linking.step];
  if (!linking && linkFailure && linkFailure.at !== past)
    return linkFailure.code === 'qr_expired' ? 'expired' : 'failed';
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
      case 'linkingPasskey':
        return { ...state, passkey: { ...state.passkey, ...action.changes } };
      case 'linkingCompare':
        return { ...state, compare: { ...state.compare, ...action.changes } };
      case 'linkingStage':
        return { ...state, stage: action.stage, ...action.changes };
      case 'linkingClosed':
        return initial;
      default:
        return state;
    }
  },
};

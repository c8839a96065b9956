// The shapes of what the API answers and of the page's state, for the type checker alone: nothing loads this file.

/** @typedef {'starting'|'linking'|'connected'|'reconnecting'|'stopped'|'loggedOut'|'failed'} SessionState */
/** @typedef {'queued'|'sending'|'sent'|'delivered'|'read'|'played'|'failed'|'unknown'} MessageState */
/** @typedef {{code: string, detail: string, until?: string}} Cause */
/** @typedef {{code: string, detail: string}} Failure */
/** @typedef {{step: 'qr'|'code'|'scanned'|'passkeyRequired'|'passkeyConfirmation'|'syncing', until: string|null, number: number, of: number, todo: string, needsCode?: boolean}} LinkStep */
/** @typedef {{code: string, detail: string, at: string}} LinkFailure */
/** @typedef {{chatId: string, phone: string|null, lid: string|null}} Person */

/**
 * @typedef {object} Session
 * @property {string} id
 * @property {string} clientId
 * @property {string|null} name
 * @property {SessionState} state
 * @property {Cause|null} cause
 * @property {string} since
 * @property {'running'|'stopped'} desired
 * @property {string|null} phone
 * @property {string|null} lid
 * @property {string|null} pushName
 * @property {string|null} lastActivityAt
 * @property {string|null} lastFrameAt
 * @property {string|null} lastPongAt
 * @property {number} reconnects
 * @property {number} queueDepth
 * @property {string|null} nextRetryAt
 * @property {number} restarts
 * @property {string} createdAt
 * @property {LinkStep|null} [linking] how far a phone is linked
 * @property {LinkFailure|null} [linkFailure] how the last attempt to link one ended
 */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} waId
 * @property {string} sessionId
 * @property {string} clientId
 * @property {string} chatId
 * @property {string|null} phone
 * @property {string|null} lid
 * @property {Person} sender
 * @property {string|null} senderName
 * @property {'in'|'out'} direction
 * @property {string} type
 * @property {string|null} text
 * @property {MessageState|null} state
 * @property {Partial<Record<MessageState, string>>} states
 * @property {Failure|null} failure
 * @property {string|null} expiresAt
 * @property {string|null} editedAt
 * @property {string|null} revokedAt
 * @property {string} at
 * @property {any[]} [recipients]
 */

/** @typedef {{chatId: string, phone: string|null, lid: string|null, name: string|null, isGroup: boolean, lastMessage: Message}} Chat */

/**
 * @typedef {object} WamuxEvent
 * @property {string} id
 * @property {string} type
 * @property {number} seq
 * @property {string} at
 * @property {string} sessionId
 * @property {string} clientId
 * @property {any} data
 */

/**
 * @typedef {object} Webhook
 * @property {string} id
 * @property {'all'|'client'|'session'} scope
 * @property {string} [clientId]
 * @property {string} [sessionId]
 * @property {string} url
 * @property {string[]} events
 * @property {Record<string, string>} headers
 * @property {boolean} enabled
 * @property {'byRequest'|'gone'|null} disabledReason
 * @property {string} createdAt
 * @property {string|null} secretRotatedAt
 * @property {string|null} previousSecretUntil
 * @property {{pausedUntil: string|null, failuresInRow: number, pending: number, lastSuccessAt: string|null, lastFailureAt: string|null}} health
 * @property {string} [secret]
 */

/**
 * @typedef {object} Delivery
 * @property {string} eventId
 * @property {string} webhookId
 * @property {'pending'|'delivered'|'failed'} state
 * @property {number} attempts
 * @property {string|null} firstAttemptAt
 * @property {string|null} nextAttemptAt
 * @property {number|null} lastStatus
 * @property {string|null} lastFailure
 * @property {{number: number, at: string, status: number|null, failure: Failure|null, ms: number, excerpt: string|null}[]} [history]
 * @property {WamuxEvent} [event]
 */

/** @typedef {{scopes: string[], clientId: string|null, version: string, build: 'sandbox'|'production', simulator: boolean}} Me */
/** @typedef {{clientId: string, sessions: number}} Client */
/** @typedef {Record<SessionState, number>} SessionCounts */

/**
 * @typedef {object} Stats
 * @property {string} from
 * @property {string} to
 * @property {number} bucketSeconds
 * @property {string|null} clientId
 * @property {{total: number, byState: SessionCounts}} sessions
 * @property {number} queueDepth
 * @property {{in: number, out: number, byState: Record<MessageState, number>}} messages
 * @property {{sent: Latency, delivered: Latency}} latency
 * @property {{share: number|null}} connected
 * @property {{total: number, enabled: number, paused: number, pending: number, failed: number}} webhooks
 * @property {StatsBucket[]} series
 */
/** @typedef {{count: number, p50Ms: number|null, p95Ms: number|null}} Latency */
/** @typedef {{at: string, in: number, out: {waiting: number, sent: number, delivered: number, read: number, failed: number, unknown: number}, deliveredP50Ms: number|null, deliveredP95Ms: number|null, connectedShare: number|null}} StatsBucket */

/** @template T @typedef {{data: T[], nextCursor: string|null, gap?: any}} Page */

/** @typedef {'connecting'|'live'|'polling'|'offline'} LiveStatus */
/** @typedef {'idle'|'loading'|'ready'|'failed'} LoadStatus */
/** @typedef {{id: number, kind: 'ok'|'info'|'bad', text: string, detail?: string, action?: {label: string, run: () => void}}} Toast */
/** @typedef {{title: string, text?: string, points?: string[], confirmLabel: string, danger?: boolean, typed?: string}} ConfirmRequest */
/** @typedef {{name: string, params: Record<string, string>, query: Record<string, string>}} Route */
/** @typedef {{[name: string]: any}} Query */

/**
 * The parts of the state; each is there when a page that needs it is.
 * @typedef {object} State
 * @property {typeof import('./store/shell.js').shell.initial} shell
 * @property {typeof import('./store/shell.js').live.initial} live
 * @property {typeof import('./store/sessions.js').sessions.initial} sessions
 * @property {typeof import('./store/linking.js').linking.initial} linking
 * @property {typeof import('./store/messages.js').messages.initial} messages
 * @property {typeof import('./store/webhooks.js').webhooks.initial} webhooks
 * @property {typeof import('./store/events.js').events.initial} events
 * @property {typeof import('./store/sandbox.js').sandbox.initial} sandbox
 * @property {typeof import('./store/stats.js').stats.initial} stats
 */
/** @typedef {import('./actions.js').Actions} Actions */
/** @typedef {import('./actions.js').Context} Context */
/** @typedef {unknown} Template */
export {};

// One function for each endpoint of the API. It knows neither the page nor the state: `fetch` and the key are handed in.

/** @typedef {import('./types.js').Query} Query */
/** @template T @typedef {import('./types.js').Page<T>} Page */
/** @typedef {import('./types.js').Session} Session */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Webhook} Webhook */
/** @typedef {import('./types.js').Delivery} Delivery */

/** What the API said instead of an answer. `code` is stable (docs/ERRORS.md); `network` when there was no answer at all, `stale` when it is about a key that is not in use any more. */
export class ApiError extends Error {
  /** @param {{code: string, status?: number, title?: string, detail?: string, requestId?: string|null, retryAfter?: number|null, problem?: any}} parts */
  constructor({ code, status = 0, title = '', detail = '', requestId = null, retryAfter = null, problem = {} }) {
    super(detail || title || code);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
    this.problem = problem;
  }
}

/** A query string with its question mark, without what is empty. @param {Query} [query] */
export function queryString(query = {}) {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return entries.length ? `?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)]))}` : '';
}

/** @param {Response} response */
async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  const retryAfter = Number(response.headers.get('Retry-After'));
  return new ApiError({
    code: problem.code ?? 'internal',
    status: response.status,
    title: problem.title,
    detail: problem.detail,
    requestId: problem.requestId ?? response.headers.get('X-Request-Id'),
    retryAfter: retryAfter > 0 ? retryAfter : null,
    problem,
  });
}

/** @typedef {{method?: string, query?: Query, body?: unknown, text?: string, headers?: Record<string, string>, signal?: AbortSignal}} Call */

const stale = () => new ApiError({ code: 'stale' });

/**
 * The way all requests go: the key if there is one, JSON both ways, every failure an `ApiError`.
 * @param {{fetch: typeof globalThis.fetch, key?: () => string|null, base?: string}} options
 */
export function createTransport({ fetch, key, base = '' }) {
  /** @param {string} path @param {Call} [call] @returns {Promise<Response>} */
  async function ask(path, { method = 'GET', query, body, text, headers = {}, signal } = {}) {
    const init = {
      method,
      signal,
      headers: /** @type {Record<string, string>} */ ({
        Accept: 'application/json',
        ...(key ? { 'X-Api-Key': key() ?? '' } : {}),
        ...headers,
      }),
      body: body === undefined ? text : JSON.stringify(body),
      /** @type {RequestCache} */ cache: 'no-store',
    };
    if (body !== undefined) init.headers['Content-Type'] = 'application/json';
    let response;
    try {
      response = await fetch(`${base}${path}${queryString(query)}`, init);
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new ApiError({ code: 'network', detail: String(cause) });
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  /** An answer, good or bad, to a request that was made with another key says nothing of this one. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async function current(work) {
    const own = key?.();
    try {
      return await work();
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: whatever came of it is not to be told.
      if (key?.() !== own) throw stale();
    }
  }

  return {
    /** @param {string} path @param {Call} [call] */
    send: (path, call) => current(() => ask(path, call)),
    /** @param {string} path @param {Call} [call] @returns {Promise<any>} */
    json: (path, call) => current(async () => (await ask(path, call)).json()),
  };
}

const part = encodeURIComponent;
/** @param {string} [key] @returns {Record<string, string>} */
const keyHeader = (key) => (key ? { 'Idempotency-Key': key } : {});

/**
 * Asks with a wait, or with none where the daemon allows less (`limits.qr_wait_secs`).
 * @template T @param {number} secs @param {(wait?: number) => Promise<T>} ask @returns {Promise<T>}
 */
async function allowed(secs, ask) {
  try {
    return await ask(secs);
  } catch (/** @type {any} */ error) {
    if (error.problem?.parameter !== 'wait') throw error;
    return ask();
  }
}

/**
 * What links a phone, below the address of a session or of a pairing link.
 * @param {ReturnType<typeof createTransport>} transport @param {(id: string, more: string) => string} at
 */
export function linkingCalls({ json, send }, at) {
  const post = (/** @type {string} */ id, /** @type {string} */ more, /** @type {any} */ body) =>
    json(at(id, more), { method: 'POST', body });
  return {
    /** @param {string} id @param {number} secs how long to wait for one @param {AbortSignal} [signal] @returns {Promise<{qr: string, expiresAt: string, image: string}>} */
    getQr: (id, secs, signal) => allowed(secs, (wait) => json(at(id, '/qr'), { query: { wait }, signal })),
    /** The picture alone, to be shown from a blob URL. @param {string} id @param {number} secs @param {AbortSignal} [signal] */
    getQrSvg: async (id, secs, signal) =>
      (
        await allowed(secs, (wait) =>
          send(at(id, '/qr'), { query: { wait }, signal, headers: { Accept: 'image/svg+xml' } }),
        )
      ).blob(),
    /** @param {string} id @param {string} phone @returns {Promise<{code: string, expiresAt: string}>} */
    pairingCode: (id, phone) => post(id, '/pairing-code', { phone }),
    /** What WhatsApp wants signed. @param {string} id @returns {Promise<{requestOptions: any, until: string|null}>} */
    getPasskey: (id) => json(at(id, '/passkey')),
    /** @param {string} id @param {unknown} credential what it was signed with, as the browser gave it */
    givePasskey: (id, credential) => post(id, '/passkey', credential),
    /** @param {string} id @returns {Promise<{code: string, needsCode: boolean, until: string|null}>} */
    getConfirmation: (id) => json(at(id, '/passkey/confirmation')),
    /** @param {string} id @param {boolean} accept whether the codes are the same */
    confirmPasskey: (id, accept) => post(id, '/passkey/confirmation', { accept }),
  };
}

/** @param {ReturnType<typeof createTransport>} transport */
function sessionCalls(transport) {
  const { json } = transport;
  const at = (/** @type {string} */ id, more = '') => `/api/sessions/${part(id)}${more}`;
  const post = (/** @type {string} */ id, /** @type {string} */ verb) => json(at(id, `/${verb}`), { method: 'POST' });
  return {
    /** @param {Query} [query] @returns {Promise<Page<Session>>} */
    listSessions: (query) => json('/api/sessions', { query }),
    /** @param {string} id @returns {Promise<Session>} */
    getSession: (id) => json(at(id)),
    /** @param {{clientId: string, sessionId?: string, name?: string}} body @param {string} [idempotencyKey] @returns {Promise<Session>} */
    createSession: (body, idempotencyKey) =>
      json('/api/sessions', {
        method: 'POST',
        body,
        headers: keyHeader(idempotencyKey),
      }),
    ...linkingCalls(transport, at),
    /** @param {string} id */
    cancelLinking: (id) => post(id, 'linking/cancel'),
    /** @param {string} id @param {{expiresIn: number, locale: string|null, returnUrl?: string|null}} body @returns {Promise<{url: string, expiresAt: string}>} */
    createPairingLink: (id, body) => json(at(id, '/pairing-link'), { method: 'POST', body }),
    /** @param {string} id @returns {Promise<Session>} */
    startSession: (id) => post(id, 'start'),
    /** @param {string} id @returns {Promise<Session>} */
    stopSession: (id) => post(id, 'stop'),
    /** @param {string} id @returns {Promise<Session>} */
    restartSession: (id) => post(id, 'restart'),
    /** @param {string} id @returns {Promise<Session & {unlinkConfirmed: boolean}>} */
    logoutSession: (id) => post(id, 'logout'),
    /** @param {string} id @returns {Promise<{id: string, deleted: true, unlinkConfirmed: boolean}>} */
    deleteSession: (id) => json(at(id), { method: 'DELETE' }),
    /** @param {string} id @param {Query} [query] @returns {Promise<Page<import('./types.js').Chat>>} */
    listChats: (id, query) => json(at(id, '/chats'), { query }),
    /** @param {string} id @param {Query} [query] @returns {Promise<Page<Message>>} */
    listMessages: (id, query) => json(at(id, '/messages'), { query }),
  };
}

/** @param {ReturnType<typeof createTransport>} transport */
function messageCalls({ json }) {
  return {
    /**
     * @param {{sessionId: string, to: string, text: string, expiresAt?: string}} body
     * @param {{idempotencyKey?: string, prefer?: string}} [options]
     * @returns {Promise<Message>}
     */
    sendMessage: (body, { idempotencyKey, prefer } = {}) =>
      json('/api/messages/send', {
        method: 'POST',
        body,
        headers: {
          ...keyHeader(idempotencyKey),
          ...(prefer ? { Prefer: prefer } : {}),
        },
      }),
    /** @param {string} id @returns {Promise<Message>} */
    getMessage: (id) => json(`/api/messages/${part(id)}`),
    /** @param {string} id @returns {Promise<Message>} */
    cancelMessage: (id) => json(`/api/messages/${part(id)}/cancel`, { method: 'POST' }),
    /** @param {string} id @returns {Promise<{data: any[]}>} */
    getTimeline: (id) => json(`/api/messages/${part(id)}/timeline`),
  };
}

/** @param {ReturnType<typeof createTransport>} transport */
function webhookCalls({ json }) {
  const at = (/** @type {string} */ id, more = '') => `/api/webhooks/${part(id)}${more}`;
  return {
    /** @param {Query} [query] @returns {Promise<Page<Webhook>>} */
    listWebhooks: (query) => json('/api/webhooks', { query }),
    /** @param {string} id @returns {Promise<Webhook>} */
    getWebhook: (id) => json(at(id)),
    /** @param {Record<string, unknown>} body @param {string} [idempotencyKey] @returns {Promise<Webhook>} */
    createWebhook: (body, idempotencyKey) =>
      json('/api/webhooks', { method: 'POST', body, headers: keyHeader(idempotencyKey) }),
    /** @param {string} id @param {Record<string, unknown>} body @returns {Promise<Webhook>} */
    updateWebhook: (id, body) => json(at(id), { method: 'PATCH', body }),
    /** @param {string} id @returns {Promise<{id: string, deleted: true}>} */
    deleteWebhook: (id) => json(at(id), { method: 'DELETE' }),
    /** @param {string} id @param {number} [graceHours] @returns {Promise<Webhook>} */
    rotateSecret: (id, graceHours) => json(at(id, '/rotate-secret'), { method: 'POST', body: { graceHours } }),
    /** @param {string} id @returns {Promise<{status: number|null, ms: number, failure: any, excerpt: string|null}>} */
    testWebhook: (id) => json(at(id, '/test'), { method: 'POST' }),
    /** @param {string} id @param {Query} [query] @returns {Promise<Page<Delivery>>} */
    listDeliveries: (id, query) => json(at(id, '/deliveries'), { query }),
    /** @param {string} id @param {string} eventId @returns {Promise<Delivery>} */
    getDelivery: (id, eventId) => json(at(id, `/deliveries/${part(eventId)}`)),
    /** @param {string} id @param {string} eventId @returns {Promise<Delivery>} */
    redeliver: (id, eventId) => json(at(id, `/deliveries/${part(eventId)}/redeliver`), { method: 'POST' }),
    /** @param {string} id @returns {Promise<{redelivered: number}>} */
    redeliverFailed: (id) => json(at(id, '/redeliver'), { method: 'POST' }),
  };
}

/** @param {ReturnType<typeof createTransport>} transport */
function otherCalls({ json, send }) {
  return {
    /** Who the key is, the one in use or another one; 401 when it is wrong. @param {string} [key] @returns {Promise<import('./types.js').Me>} */
    me: (key) => json('/api/me', key ? { headers: { 'X-Api-Key': key } } : {}),
    /** @param {Query} [query] @returns {Promise<Page<import('./types.js').Client>>} */
    listClients: (query) => json('/api/clients', { query }),
    /** @param {Query} [query] @returns {Promise<import('./types.js').Stats>} */
    stats: (query) => json('/api/stats', { query }),
    /** @param {Query} [query] @param {AbortSignal} [signal] @returns {Promise<Page<import('./types.js').WamuxEvent>>} */
    listEvents: (query, signal) => json('/api/events', { query, signal }),
    /** The open stream, whose body is to be read. @param {{lastId: string|null, signal: AbortSignal, query?: Query}} options */
    openStream: ({ lastId, signal, query }) =>
      send('/api/events/stream', {
        query,
        signal,
        headers: { Accept: 'text/event-stream', ...(lastId ? { 'Last-Event-ID': lastId } : {}) },
      }),
    /** What the simulator shows: sandbox alone. @param {string} verb as in `phone/inbox` @param {Query} [query] */
    simulatorGet: (verb, query) => json(`/api/sandbox/simulator/${verb}`, { query }),
    /** What the simulator does: sandbox alone. @param {string} verb @param {Query} [query] @param {string} [text] */
    simulatorPost: (verb, query, text) =>
      json(`/api/sandbox/simulator/${verb}`, {
        method: 'POST',
        query,
        text: text ?? '',
        headers: { 'Content-Type': 'text/plain' },
      }),
  };
}

/** @param {{fetch: typeof globalThis.fetch, key: () => string|null, base?: string}} options */
export function createApi(options) {
  const transport = createTransport(options);
  return {
    ...sessionCalls(transport),
    ...messageCalls(transport),
    ...webhookCalls(transport),
    ...otherCalls(transport),
  };
}

/** @typedef {ReturnType<typeof createApi>} Api */

/**
 * Every entry of a list, page after page, all with one key.
 * @template T @param {(query: Query) => Promise<Page<T>>} list @param {() => string|null} key @param {Query} [query]
 */
export async function allOf(list, key, query = {}) {
  const own = key();
  const found = /** @type {T[]} */ ([]);
  let cursor;
  do {
    const page = /** @type {Page<T>} */ (await list({ ...query, limit: 200, cursor }));
    if (key() !== own) throw stale();
    found.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor);
  return found;
}

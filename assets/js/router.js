// Which page a hash means, and which hash means a page. Pure.

/** Every page: its name, its path and the item of the navigation that it belongs to. */
export const ROUTES = [
  { name: 'overview', path: '/', nav: 'overview' },
  { name: 'sessions', path: '/sessions', nav: 'sessions' },
  { name: 'session', path: '/sessions/:id', nav: 'sessions' },
  { name: 'chats', path: '/sessions/:id/chats', nav: 'sessions' },
  { name: 'conversation', path: '/sessions/:id/chats/:chatId', nav: 'sessions' },
  { name: 'messages', path: '/messages', nav: 'messages' },
  { name: 'message', path: '/messages/:id', nav: 'messages' },
  { name: 'webhooks', path: '/webhooks', nav: 'webhooks' },
  { name: 'webhook', path: '/webhooks/:id', nav: 'webhooks' },
  { name: 'events', path: '/events', nav: 'events' },
  { name: 'sandbox', path: '/sandbox', nav: 'sandbox' },
  { name: 'settings', path: '/settings', nav: 'settings' },
];

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} pattern @param {string[]} parts */
function match(pattern, parts) {
  const wanted = pattern.split('/').filter(Boolean);
  if (wanted.length !== parts.length) return null;
  /** @type {Record<string, string>} */
  const params = {};
  for (const [index, name] of wanted.entries()) {
    if (name.startsWith(':')) params[name.slice(1)] = decode(parts[index]);
    else if (name !== parts[index]) return null;
  }
  return params;
}

/** `#/sessions/a?tab=x` as a route; `notFound` when no page is meant. @param {string} hash @returns {import('./types.js').Route} */
export function parseHash(hash) {
  const [path, search = ''] = hash.replace(/^#/, '').split('?');
  const parts = path.split('/').filter(Boolean);
  const query = Object.fromEntries(new URLSearchParams(search));
  for (const route of ROUTES) {
    const params = match(route.path, parts);
    if (params) return { name: route.name, params, query };
  }
  return { name: 'notFound', params: {}, query: {} };
}

/**
 * The hash of a page, for `href`. Throws on a name that is none, so that a wrong link is found at once.
 * @param {string} name @param {Record<string, string>} [params] @param {Record<string, string|undefined>} [query]
 */
export function href(name, params = {}, query = {}) {
  const route = ROUTES.find((candidate) => candidate.name === name);
  if (!route) throw new Error(`no page is called '${name}'`);
  const path = route.path.replace(/:(\w+)/g, (_, key) => encodeURIComponent(params[key] ?? ''));
  const entries = Object.entries(query).filter((entry) => entry[1]);
  return `#${path}${entries.length ? `?${new URLSearchParams(/** @type {string[][]} */ (entries))}` : ''}`;
}

/** The item of the navigation that a page belongs to. @param {string} name */
export const navOf = (name) => ROUTES.find((route) => route.name === name)?.nav ?? '';

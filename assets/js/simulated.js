// The simulator's world as the sandbox page shows it: chats of a phone, plans of faults. Pure.

/** @typedef {{device: number, platform: string, online: boolean, preKeys: number, pending: number}} Device */
/** @typedef {{phone: string, lid: string, name: string, online: boolean, devices: Device[]}} Phone */
/** @typedef {{jid: string, subject: string, members: string[]}} Group */
/** @typedef {{seed: number, phones: Phone[], groups: Group[], connections: number, unknown: number}} World */
/** @typedef {{seq: number, id: string, chat: string, from: string, fromMe: boolean, kind: string, text: string|null, at: number}} InboxItem */
/** @typedef {{id: string, chat: string, text: string, at: number}} Said what a phone said from this page */
/** @typedef {{delay: number, delayMaxMs: number, drop: number, duplicate: number, cut: number}} Chances */
/** @typedef {{plan: {seed: number, all: Chances, phones: Record<string, Chances>}|null, counts: Record<string, number>}} Faults */

/** The faults that the page has sliders for. */
export const FAULTS = /** @type {const} */ (['drop', 'delay', 'duplicate', 'cut']);

/** Who can be written to: session accounts first, then groups of the phone, then other phones. @param {World} world @param {Phone} phone @param {import('./types.js').Session[]} sessions */
export function chatsOf(world, phone, sessions) {
  const bySession = new Map(sessions.filter(({ phone }) => phone).map((session) => [session.phone, session]));
  const others = world.phones.filter((other) => other.phone !== phone.phone);
  const named = (/** @type {Phone} */ other) => {
    const session = bySession.get(other.phone);
    return { id: other.phone, name: session ? (session.name ?? session.id) : other.name, session: Boolean(session) };
  };
  const groups = world.groups.filter(({ members }) => members.includes(phone.phone));
  return [
    ...others.filter((other) => bySession.has(other.phone)).map(named),
    ...groups.map(({ jid, subject }) => ({ id: jid, name: subject, session: false })),
    ...others.filter((other) => !bySession.has(other.phone)).map(named),
  ];
}

/**
 * What was said in a chat, oldest first: what the phone received, and what it said from this page.
 * @param {InboxItem[]} inbox @param {Said[]} said @param {string} chat
 */
export function conversation(inbox, said, chat) {
  const heard = inbox
    .filter((item) => item.chat === chat)
    .map(({ id, from, fromMe, kind, text, at }) => ({ id, from, mine: fromMe, kind, text, at: at * 1000 }));
  const known = new Set(heard.map(({ id }) => id));
  const mine = said
    .filter((item) => item.chat === chat && !known.has(item.id))
    .map(({ id, text, at }) => ({ id, from: '', mine: true, kind: 'text', text, at }));
  return [...heard, ...mine].sort((a, b) => a.at - b.at);
}

/**
 * The plan with these chances for everybody, or for one phone. What else it says stays.
 * @param {Faults['plan']} plan @param {string} phone empty for everybody @param {Partial<Chances>} chances @param {number} seed
 */
export function planWith(plan, phone, chances, seed) {
  const base = plan ?? { seed, all: {}, phones: {} };
  if (!phone) return { ...base, seed, all: { ...base.all, ...chances } };
  const phones = /** @type {Record<string, Partial<Chances>>} */ (base.phones);
  return { ...base, seed, phones: { ...phones, [phone]: { ...phones[phone], ...chances } } };
}

/** Digits without what people put between them. @param {string} text */
export const digits = (text) => text.replace(/\D/g, '');

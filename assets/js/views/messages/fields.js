// The fields of the send form: which session, to whom, what.

import { fold, matcher } from '../../find.js';
import { phone } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { parseRecipient, recipientOf, TEXT_BYTES } from '../../outgoing.js';
import { href } from '../../router.js';
import { chatName, sizeOf } from '../chats/names.js';
import { sessionBadge } from '../parts/badge.js';
import { combobox } from '../parts/combobox.js';
import { field, textarea } from '../parts/field.js';
import { icon } from '../parts/icon.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */
/** @typedef {import('../../types.js').Session} Session */

/** Choices that a list shows at once; the rest is found by typing. */
const SHOWN = 40;
/** Messages of these sessions wait until the connection is back. */
const WAITING = ['starting', 'reconnecting'];

/** @param {Session} session */
export const sessionName = (session) => session.name ?? session.id;

/** Sessions that match, connected ones first. @param {ReadonlyMap<string, Session>} byId @param {string} q */
function matching(byId, q) {
  const found = [...byId.values()].filter(matcher(q));
  const rank = (/** @type {Session} */ { state }) => (state === 'connected' ? 0 : WAITING.includes(state) ? 1 : 2);
  return found.sort((a, b) => rank(a) - rank(b) || sessionName(a).localeCompare(sessionName(b)));
}

/** What choosing this session means. @param {Session|undefined} session */
function sessionHint(session) {
  if (!session) return t('messages.sessionHint');
  if (session.state === 'connected')
    return html`${session.name ? html`<code>${session.id}</code> · ` : nothing}${session.phone ? t('messages.sendsAs', { phone: phone(session.phone) }) : session.clientId}`;
  const words = WAITING.includes(session.state) ? t('messages.sessionWaits') : t('messages.sessionDown');
  return html`<span class="flex flex-wrap items-center gap-x-2 gap-y-1">${sessionBadge(session.state)}<span>${words}</span><a class="link" href=${href('session', { id: session.id })}>${t('messages.toSession')}</a></span>`;
}

/** @param {State} state @param {Actions} actions */
export function sessionField({ sessions: { byId }, messages: { page } }, actions) {
  const chosen = byId.get(page.sessionId);
  const open = page.combo?.id === 'session';
  const q = open ? (page.combo.q ?? '') : '';
  const found = open ? matching(byId, q) : [];
  const error = page.errors?.session ? t('messages.sessionNeeded') : null;
  const hint = page.sessionId && !chosen ? t('errors.session_not_found') : sessionHint(chosen);
  const id = 'send-session';
  return field({
    id,
    label: t('messages.session'),
    error,
    hint,
    control: combobox({
      id,
      error,
      hint,
      icon: true,
      label: t('nav.sessions'),
      placeholder: t('messages.sessionFind'),
      value: open && page.combo.q !== undefined ? page.combo.q : chosen ? sessionName(chosen) : (page.sessionId ?? ''),
      open,
      active: open ? page.combo.active : -1,
      choices: found.slice(0, SHOWN).map((session) => ({
        value: session.id,
        label: sessionName(session),
        detail: [session.clientId, session.name && session.id, session.phone && phone(session.phone)]
          .filter(Boolean)
          .join(' · '),
        side: session.state === 'connected' ? nothing : sessionBadge(session.state),
      })),
      note: !found.length
        ? t('messages.noneFound')
        : found.length > SHOWN
          ? t('messages.moreFound', { count: found.length - SHOWN })
          : undefined,
      onInput: (text) => actions.messages.page({ combo: { id: 'session', q: text, active: 0 } }),
      onMove: (active) =>
        actions.messages.page({
          combo: active === null ? null : { ...(open ? page.combo : { id: 'session' }), active },
        }),
      onChoose: actions.messages.chooseSession,
    }),
  });
}

/** Where the recipient leads, in words. @param {ReturnType<typeof parseRecipient>} recipient @param {string} name */
function leadsTo({ kind, number: digits, to }, name) {
  const who = name ? `${name} · ` : '';
  if (kind === 'phone')
    return html`${icon('check', 'text-ok')}<span>${t('messages.toPhone')} <strong class="font-medium text-ink">${who}${phone(digits)}</strong></span>`;
  if (kind === 'lid')
    return html`${icon('check', 'text-ok')}<span>${t('messages.toLid')} <strong class="font-medium text-ink">${who}${digits}@lid</strong></span>`;
  if (kind === 'group')
    return html`${icon('users', 'text-ok')}<span>${t('messages.toGroup')} <strong class="font-medium text-ink">${name || to}</strong></span>`;
  if (kind === 'short') return html`<span>${t('messages.toShort')}</span>`;
  return html`<span>${t('messages.toHint')}</span>`;
}

/** @param {State} state @param {Actions} actions */
export function recipientField({ messages: { page, chats } }, actions) {
  const text = page.to ?? '';
  const recipient = parseRecipient(text);
  const open = page.combo?.id === 'to';
  const known = chats.sessionId === page.sessionId ? chats.list : [];
  const chosen = known.find((chat) => recipientOf(chat) === recipient.to || chat.chatId === recipient.to);
  const wanted = fold(text.trim()).replace(/^\+/, '');
  const found = chosen
    ? known
    : known.filter((chat) => [chat.name, chat.phone, chat.chatId].some((name) => name && fold(name).includes(wanted)));
  const bad = recipient.kind === 'invalid' || recipient.kind === 'unsupported';
  const missing = page.tried && (recipient.kind === 'empty' || recipient.kind === 'short');
  // A name that finds a chat is no mistake yet.
  const error = missing || (bad && (page.tried || !found.length)) ? t(`recipientFaults.${recipient.kind}`) : null;
  const hint = html`<span class="flex items-center gap-1.5">${leadsTo(recipient, chosen?.name ?? '')}</span>`;
  const id = 'send-to';
  return field({
    id,
    label: t('messages.to'),
    error,
    hint,
    control: combobox({
      id,
      error,
      hint,
      label: t('messages.recent'),
      placeholder: '+55 11 99999-8888',
      value: text,
      open: open && found.length > 0,
      active: open ? page.combo.active : -1,
      choices: found.slice(0, 8).map((chat) => ({
        value: recipientOf(chat),
        label: chatName(chat),
        detail: chat.name && chat.phone ? phone(chat.phone) : chat.chatId,
        side: chat.isGroup ? icon('users', 'text-muted') : nothing,
      })),
      onInput(value) {
        actions.messages.page({ to: value, combo: { id: 'to', active: -1 }, errors: {} });
        // What the first page of chats does not have is searched for.
        if (chats.cursor || chats.q || chats.status !== 'ready')
          actions.messages.searchChats(value.trim().replace(/^\+/, ''));
      },
      onMove: (active) => actions.messages.page({ combo: active === null ? null : { id: 'to', active } }),
      onChoose: (value) => actions.messages.page({ to: value, combo: null, errors: {} }),
    }),
  });
}

/** @param {State} state @param {Actions} actions @param {number} bytes */
export function textField({ messages: { page } }, actions, bytes) {
  const fault = bytes > TEXT_BYTES ? 'long' : page.errors?.text === 'empty' && !page.text?.trim() ? 'empty' : '';
  const error =
    fault === 'long' ? t('messages.textLong', { limit: TEXT_BYTES }) : fault ? t('messages.textNeeded') : null;
  const hint = html`<span class="flex justify-between gap-4"><span>${t('messages.textHint')}</span><span class="shrink-0 tabular-nums">${sizeOf(bytes)}</span></span>`;
  const id = 'send-text';
  return field({
    id,
    label: t('messages.text'),
    error,
    hint,
    control: textarea({
      id,
      error,
      hint,
      rows: 6,
      value: page.text ?? '',
      onInput: (text) => actions.messages.page({ text, errors: {} }),
    }),
  });
}

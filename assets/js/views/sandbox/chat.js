// What a simulated phone sees of its chats, and what its user does in them.

import { phone as phoneWords, time } from '../../format.js';
import { t } from '../../i18n.js';
import { html, nothing, repeat } from '../../lit.js';
import { href } from '../../router.js';
import { chatsOf, conversation } from '../../simulated.js';
import { button } from '../parts/button.js';
import { field, input } from '../parts/field.js';
import { icon } from '../parts/icon.js';
import { card } from '../parts/page.js';
import { select } from '../parts/select.js';
import { formatted } from '../parts/text.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */
/** @typedef {import('../../simulated.js').Phone} Phone */
/** @typedef {ReturnType<typeof conversation>[number]} Line */

/** @param {Line} line @param {import('../../simulated.js').World} world @param {boolean} group */
function bubble(line, world, group) {
  const author = world.phones.find(({ phone }) => phone === line.from)?.name ?? phoneWords(line.from);
  const at = new Date(line.at).toISOString();
  return html`<li class="say ${line.mine ? 'say-mine' : ''}">
    ${group && !line.mine ? html`<span class="say-author">${author}</span>` : nothing}
    ${line.text ? formatted(line.text) : html`<em>${line.kind}</em>`}
    <time class="say-at" datetime=${at}>${time(at)}</time>
  </li>`;
}

/** @param {State} state @param {Phone} phone @param {string} chat @param {Actions} actions */
function composer(state, phone, chat, actions) {
  const send = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const text = String(new FormData(form).get('say') ?? '').trim();
    form.querySelector('input')?.focus();
    if (text && (await actions.sandbox.say(phone.phone, chat, text))) form.reset();
  };
  const typing = state.sandbox.page.typing === `${phone.phone} ${chat}`;
  return html`<form class="flex gap-2" @submit=${send}>
      <div class="min-w-0 flex-1">${field({ id: 'say', label: t('sandbox.say'), hideLabel: true, control: input({ id: 'say', placeholder: t('sandbox.say'), maxlength: 4000 }) })}</div>
      ${button({ label: t('sandbox.sayGo'), icon: 'send-horizontal', kind: 'primary', type: 'submit', busy: state.sandbox.busy === 'phone/send' })}
    </form>
    <div class="flex flex-wrap items-center gap-2">
      ${button({ label: t('sandbox.read'), icon: 'check-check', small: true, onClick: () => actions.sandbox.read(phone.phone, chat) })}
      ${button({ label: typing ? t('sandbox.typingStop') : t('sandbox.typing'), icon: 'pencil', small: true, onClick: () => actions.sandbox.typing(phone.phone, chat, !typing) })}
      <p class="min-w-0 flex-1 basis-60 text-xs text-muted">${t('sandbox.chatText')}</p>
    </div>`;
}

/** @param {State} state @param {Phone} phone @param {Actions} actions */
function autoReply({ sandbox }, phone, actions) {
  const kept = sandbox.moods[phone.phone]?.autoReply ?? '';
  const set = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const text = String(
      new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get('auto-reply') ?? '',
    ).trim();
    actions.sandbox.autoReply(phone.phone, text);
  };
  return html`<form class="inline-form border-t border-line pt-5" @submit=${set}>
    <div class="min-w-0 flex-1 basis-48">${field({
      id: 'auto-reply',
      label: t('sandbox.autoReply'),
      hint: t('sandbox.autoReplyText', { text: '{text}' }),
      control: input({
        id: 'auto-reply',
        value: kept,
        placeholder: t('sandbox.autoReplyExample', { text: '{text}' }),
        hint: true,
      }),
    })}</div>
    ${button({ label: t('sandbox.set'), type: 'submit' })}
    ${kept ? button({ label: t('sandbox.stop'), kind: 'quiet', onClick: () => actions.sandbox.autoReply(phone.phone, '') }) : nothing}
  </form>`;
}

/** @param {State} state @param {import('../../simulated.js').World} world @param {Phone} phone @param {Actions} actions */
export function chatCard(state, world, phone, actions) {
  const { sandbox, shell, sessions } = state;
  const inbox = sandbox.inboxOf === phone.phone ? sandbox.inbox : [];
  const listed = chatsOf(world, phone, [...sessions.byId.values()]);
  const strangers = [...new Set(inbox.map(({ chat }) => chat))].filter((chat) => !listed.some(({ id }) => id === chat));
  const chats = [...listed, ...strangers.map((id) => ({ id, name: phoneWords(id), session: false }))];
  const latest = inbox.at(-1)?.chat;
  const chat =
    chats.find(({ id }) => id === shell.route.query.chat) ?? chats.find(({ id }) => id === latest) ?? chats[0];
  if (!chat)
    return card({
      id: 'chat',
      title: t('sandbox.chats'),
      body: html`<p class="text-muted">${t('sandbox.nobody')}</p>`,
    });
  const lines = conversation(inbox, sandbox.said[phone.phone] ?? [], chat.id);
  const open = (/** @type {string} */ id) =>
    actions.navigate(href('sandbox', {}, { phone: phone.phone, chat: id }), { replace: true });
  return card({
    id: 'chat',
    title: t('sandbox.chats'),
    text: t('sandbox.chatsText'),
    body: html`<div class="space-y-4">
      ${field({
        id: 'chat-with',
        label: t('sandbox.with'),
        control: select({
          id: 'chat-with',
          value: chat.id,
          options: chats.map(({ id, name, session }) => ({
            value: id,
            label: `${name}${session ? ` · ${t('sandbox.aSession')}` : ''}`,
          })),
          onChange: open,
        }),
      })}
      <div class="chat-box" tabindex="0" role="region" aria-label=${t('sandbox.with')}>${
        lines.length
          ? html`<ol class="says">${repeat(
              lines,
              ({ id }) => id,
              (line) => bubble(line, world, chat.id.endsWith('@g.us')),
            )}</ol>`
          : html`<p class="chat-none">${icon('message-square')}<span>${t('sandbox.nothingSaid')}</span></p>`
      }</div>
      ${composer(state, phone, chat.id, actions)}
      ${autoReply(state, phone, actions)}
    </div>`,
  });
}

// Sending a text: from which session, to whom, what; how it will look, the same as a command, and what became of it.

import { t } from '../i18n.js';
import { html, nothing } from '../lit.js';
import { byteLength, canSend, parseRecipient } from '../outgoing.js';
import { href } from '../router.js';
import { recipientField, sessionField, textField } from './messages/fields.js';
import { latest } from './messages/latest.js';
import { outcomes } from './messages/outcome.js';
import { button, linkButton } from './parts/button.js';
import { codeBlock } from './parts/code.js';
import { empty } from './parts/empty.js';
import { errorPanel } from './parts/error.js';
import { icon } from './parts/icon.js';
import { card, page } from './parts/page.js';
import { skeletonRows } from './parts/skeleton.js';
import { formatted } from './parts/text.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Actions} Actions */

/** @param {State} state @param {Actions} actions */
export function enter(state, actions) {
  const { query } = state.shell.route;
  const { page } = state.messages;
  actions.messages.page({
    to: query.to ?? page.to ?? '',
    text: page.text ?? '',
    errors: {},
    tried: false,
    combo: null,
  });
  const wanted = query.session ?? page.sessionId;
  if (wanted) actions.messages.chooseSession(wanted);
  else actions.messages.chooseOnly();
  return actions.messages.leaveForm;
}

/** The request as it would go out now, with what is missing named. @param {State} state */
function request({ messages: { page } }) {
  const { kind, to } = parseRecipient(page.to ?? '');
  return {
    sessionId: page.sessionId || 'SESSION',
    to: canSend(kind) ? to : '+5511999998888',
    text: page.text || t('messages.exampleText'),
  };
}

/** @param {State} state */
function preview({ messages: { page } }) {
  const text = page.text ?? '';
  return card({
    id: 'preview',
    title: t('messages.preview'),
    body: html`<div class="preview">${
      text.trim()
        ? html`<div class="bubble bubble-out"><p class="bubble-text">${formatted(text.slice(0, 4_000))}</p></div>`
        : html`<p class="text-muted">${t('messages.previewEmpty')}</p>`
    }</div>
    <dl class="marks">${MARKS.map(([mark, key]) => html`<div><dt><code>${mark}</code></dt><dd>${formatted(mark.replaceAll('…', t(key)))}</dd></div>`)}</dl>`,
  });
}
const MARKS = [
  ['*…*', 'messages.bold'],
  ['_…_', 'messages.italic'],
  ['~…~', 'messages.strike'],
  ['`…`', 'messages.mono'],
];

/** @param {State} state @param {Actions} actions */
function form(state, actions) {
  const { page: values } = state.messages;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const errors = await actions.messages.sendForm();
    const first = ['session', 'to', 'text'].find((name) => errors[name]);
    if (first) /** @type {HTMLElement|null} */ (form.querySelector(`#send-${first}`))?.focus();
  };
  const keydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    /** @type {HTMLFormElement} */ (event.currentTarget).requestSubmit();
  };
  const bytes = byteLength(values.text ?? '');
  return card({
    id: 'send',
    title: t('messages.write'),
    body: html`<form class="space-y-5" novalidate @submit=${submit} @keydown=${keydown}>
      ${sessionField(state, actions)}${recipientField(state, actions)}${textField(state, actions, bytes)}
      <div class="flex flex-wrap items-center gap-3">
        ${button({ label: t('messages.send'), icon: 'send-horizontal', kind: 'primary', type: 'submit', busy: values.sending })}
        <span class="text-xs text-muted max-sm:hidden"><kbd class="key">Ctrl</kbd> <kbd class="key">Enter</kbd></span>
      </div>
    </form>`,
  });
}

/** @param {State} state @param {Actions} actions */
export function view(state, actions) {
  const { sessions, messages } = state;
  const { sessionId } = messages.page;
  const title = t('nav.messages');
  if (sessions.status === 'failed')
    return page({ title, body: errorPanel({ error: sessions.error, onRetry: actions.sessions.load }) });
  if (sessions.status !== 'ready') return page({ title, body: skeletonRows(4) });
  if (!sessions.byId.size)
    return page({
      title,
      body: empty({
        icon: 'messages-square',
        title: t('messages.noSessions'),
        text: t('messages.noSessionsText'),
        action: linkButton({ label: t('nav.sessions'), kind: 'primary', icon: 'smartphone', href: href('sessions') }),
      }),
    });
  const code = codeBlock({
    text: actions.messages.curl(request(state)),
    copy: actions.copy,
    label: t('messages.curl'),
    wrap: true,
  });
  return page({
    title,
    subtitle: t('messages.subtitle'),
    actions: sessionId
      ? linkButton({ label: t('messages.openChats'), icon: 'message-square', href: href('chats', { id: sessionId }) })
      : undefined,
    body: html`<div class="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div class="space-y-6">${form(state, actions)}${outcomes(state, actions)}</div>
      <div class="space-y-6">${preview(state)}
        <div>${code}<p class="mt-2 flex items-start gap-1.5 text-xs text-muted">${icon('key-round', 'mt-px size-3.5')}<span>${t('messages.curlHint')}</span></p></div>
      </div>
    </div>
    ${sessionId ? latest(state, actions) : nothing}`,
  });
}

// Where the next message of a conversation is written. Enter sends, Shift and Enter begin a new line; on a phone, Enter does.
import { t } from '../../i18n.js';
import { html, live, nothing } from '../../lit.js';
import { byteLength, TEXT_BYTES } from '../../outgoing.js';
import { href } from '../../router.js';
import { draftPlace } from '../../store/messages.js';
import { sessionBadge } from '../parts/badge.js';
import { icon } from '../parts/icon.js';
import { formatted } from '../parts/text.js';
import { sizeOf } from './names.js';

/** The size is worth a word from here on. */
const NEARLY = TEXT_BYTES * 0.8;

/** @param {import('../../types.js').Session|undefined} session */
function notReady(session) {
  if (!session || session.state === 'connected') return nothing;
  const waits = session.state === 'starting' || session.state === 'reconnecting';
  return html`<p class="composer-note">${sessionBadge(session.state)}<span>${t(waits ? 'messages.sessionWaits' : 'messages.sessionDown')}</span>
    <a class="link" href=${href('session', { id: session.id })}>${t('messages.toSession')}</a></p>`;
}

/** @param {import('../../types.js').State} state @param {import('../../types.js').Actions} actions */
export function composer({ sessions, messages, shell }, actions) {
  const { id, chatId } = shell.route.params;
  if (!/@(c\.us|s\.whatsapp\.net|lid|g\.us)$/.test(chatId) && /@/.test(chatId))
    return html`<div class="composer"><p class="text-muted">${t('recipientFaults.unsupported')}</p></div>`;
  const text = messages.drafts[draftPlace(id, chatId)] ?? '';
  const bytes = byteLength(text);
  const tooLong = bytes > TEXT_BYTES;
  const { composerPreview: preview } = messages.page;
  const send = () => actions.messages.sendInChat(id, chatId, text);
  const keydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    const touch = event.view?.matchMedia('(pointer: coarse)').matches;
    if (touch && !event.ctrlKey) return;
    event.preventDefault();
    send();
  };
  return html`<form class="composer" @submit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  }}>
    ${notReady(sessions.byId.get(id))}
    ${preview && text.trim() ? html`<div class="composer-preview" aria-label=${t('messages.preview')} role="group"><div class="bubble bubble-out"><p class="bubble-text">${formatted(text.slice(0, 4_000))}</p></div></div>` : nothing}
    <div class="flex items-end gap-2">
      <label class="sr-only" for="composer">${t('chats.message')}</label>
      <textarea class="input composer-text" id="composer" rows="1" placeholder=${t('chats.message')} .value=${live(text)} aria-invalid=${tooLong ? 'true' : nothing} aria-describedby=${bytes > NEARLY ? 'composer-size' : nothing}
        @input=${(/** @type {any} */ event) => actions.messages.draft(id, chatId, event.target.value)} @keydown=${keydown}></textarea>
      <button type="button" class="btn btn-quiet btn-icon" aria-pressed=${preview ? 'true' : 'false'} title=${t('messages.preview')} @click=${() => actions.messages.page({ composerPreview: !preview })}>${icon(preview ? 'eye-off' : 'eye')}<span class="sr-only">${t('messages.preview')}</span></button>
      <button type="submit" class="btn btn-primary btn-icon" title=${t('messages.send')} ?disabled=${!text.trim() || tooLong}>${icon('send-horizontal')}<span class="sr-only">${t('messages.send')}</span></button>
    </div>
    ${bytes > NEARLY ? html`<p id="composer-size" class=${tooLong ? 'field-error' : 'field-hint'}>${sizeOf(bytes)}</p>` : nothing}
  </form>`;
}

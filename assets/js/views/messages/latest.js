// The latest messages of the chosen session, both ways: each leads to its timeline.
import { t } from '../../i18n.js';
import { html } from '../../lit.js';
import { href } from '../../router.js';
import { chatName, excerpt } from '../chats/names.js';
import { messageBadge } from '../parts/badge.js';
import { errorPanel } from '../parts/error.js';
import { icon } from '../parts/icon.js';
import { loadMore } from '../parts/more.js';
import { skeletonRows } from '../parts/skeleton.js';
import { table } from '../parts/table.js';
import { timeAgo } from '../parts/time.js';

/** @typedef {import('../../types.js').Message} Message */

/** @param {Message} message @param {ReadonlyMap<string, string>} names */
const whose = (message, names) =>
  chatName({ ...message, name: names.get(message.chatId) ?? (message.direction === 'in' ? message.senderName : null) });

/** @param {import('../../types.js').State} state @param {import('../../types.js').Actions} actions */
export function latest({ messages: { thread, chats }, shell }, actions) {
  const names = new Map(chats.list.filter(({ name }) => name).map(({ chatId, name }) => [chatId, String(name)]));
  const rows = [...thread.list].reverse();
  const list = () =>
    table({
      label: t('messages.latest'),
      rows,
      key: ({ id }) => id,
      href: (/** @type {Message} */ message) => href('message', { id: message.id }),
      layout: 'grid-cols-[minmax(0,1fr)_auto] md:grid-cols-[minmax(0,1fr)_minmax(0,2fr)_8rem_7rem]',
      columns: [
        {
          label: t('messages.chat'),
          cell: (message) => html`<span class="flex min-w-0 items-center gap-2.5">
            ${icon(message.direction === 'in' ? 'arrow-down-left' : 'arrow-up-right', 'text-muted')}<span class="sr-only">${t(message.direction === 'in' ? 'messages.received' : 'messages.sentOut')}</span>
            <span class="min-w-0"><span class="block truncate font-medium">${whose(message, names)}</span><span class="block truncate text-xs font-normal text-muted md:hidden">${excerpt(message)}</span></span></span>`,
        },
        { label: t('messages.text'), classes: 'hidden md:block text-muted', cell: (message) => excerpt(message) },
        {
          label: t('messages.state'),
          classes: 'max-md:text-right',
          cell: (message) =>
            message.state
              ? messageBadge(message.state)
              : html`<span class="text-muted max-md:hidden">${t('messages.received')}</span>`,
        },
        {
          label: t('messages.when'),
          classes: 'hidden md:block text-muted',
          cell: (message) => timeAgo(message.at, shell.now),
        },
      ],
    });
  const body =
    thread.status === 'failed'
      ? errorPanel({ error: thread.error, onRetry: () => actions.messages.openThread(thread.sessionId) })
      : thread.status !== 'ready'
        ? skeletonRows(4)
        : rows.length
          ? html`${list()}${loadMore({ cursor: thread.cursor, busy: thread.busy, onMore: actions.messages.older })}`
          : html`<p class="text-muted">${t('messages.noneYet')}</p>`;
  return html`<section class="mt-8" aria-labelledby="latest-heading"><h2 class="mb-3 font-semibold" id="latest-heading">${t('messages.latest')}</h2>${body}</section>`;
}

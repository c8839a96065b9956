// A secret that is shown once, with what to do with it, and its replacement.
import { t } from '../../i18n.js';
import { html, nothing } from '../../lit.js';
import { button } from '../parts/button.js';
import { codeBlock } from '../parts/code.js';
import { dialog } from '../parts/dialog.js';
import { field } from '../parts/field.js';
import { icon } from '../parts/icon.js';
import { select } from '../parts/select.js';
import { tabPanel, tabs } from '../parts/tabs.js';

/** @typedef {import('../../types.js').State} State */
/** @typedef {import('../../types.js').Actions} Actions */

const EXAMPLES = {
  node: `// npm install express standardwebhooks
import express from "express";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET);

express()
  .post("/wamux", express.raw({ type: "application/json" }), (request, response) => {
    let event;
    try {
      event = webhook.verify(request.body.toString("utf8"), request.headers);
    } catch {
      return response.sendStatus(401);
    }
    console.log(event.id, event.type, event.data);
    response.sendStatus(204);
  })
  .listen(8080);`,
  python: `# pip install flask standardwebhooks
import os
from flask import Flask, request
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
webhook = Webhook(os.environ["WEBHOOK_SECRET"])

@app.post("/wamux")
def receive():
    try:
        event = webhook.verify(request.get_data(as_text=True), dict(request.headers))
    except WebhookVerificationError:
        return "", 401
    print(event["id"], event["type"], event["data"])
    return "", 204`,
};

/** @param {State} state @param {Actions} actions */
export function secretDialog({ shell, webhooks }, actions) {
  if (shell.dialog?.name !== 'secret') return nothing;
  const { hook, created } = shell.dialog;
  const shown = webhooks.page.example === 'python' ? 'python' : 'node';
  const close = () => void actions.webhooks.closeSecret();
  return dialog({
    id: 'secret',
    title: created ? t('webhooks.created') : t('webhooks.rotated'),
    wide: true,
    onClose: close,
    body: html`
      <p class="note tone-warn">${icon('key-round')}<span class="min-w-0 flex-1">${t('webhooks.secretOnce')}</span></p>
      ${codeBlock({ text: hook.secret, copy: actions.webhooks.copySecret, label: t('webhooks.secret'), wrap: true })}
      <section class="space-y-3" aria-labelledby="verify-heading">
        <div><h3 class="font-medium" id="verify-heading">${t('webhooks.verify')}</h3><p class="text-muted">${t('webhooks.verifyText')}</p></div>
        ${tabs({
          id: 'verify',
          label: t('webhooks.verify'),
          value: shown,
          options: [
            { value: 'node', label: 'Node.js' },
            { value: 'python', label: 'Python' },
          ],
          onChange: (example) => actions.webhooks.page({ example }),
        })}
        ${tabPanel('verify', shown, codeBlock({ text: EXAMPLES[shown], copy: actions.copy, label: t('webhooks.example') }))}
      </section>`,
    footer: button({ label: t('webhooks.secretStored'), kind: 'primary', onClick: close }),
  });
}

const GRACE = [24, 0, 1, 72, 168, 720];

/** @param {State} state @param {Actions} actions */
export function rotateDialog({ shell, webhooks }, actions) {
  if (shell.dialog?.name !== 'rotate') return nothing;
  const { id } = shell.dialog;
  return dialog({
    id: 'rotate',
    title: t('webhooks.rotateTitle'),
    text: t('webhooks.rotateText'),
    onClose: actions.closeDialog,
    onSubmit: (data) => void actions.webhooks.rotate(id, Number(data.get('grace'))),
    body: field({
      id: 'grace',
      label: t('webhooks.grace'),
      hint: t('webhooks.graceHint'),
      control: select({
        id: 'grace',
        value: '24',
        hint: true,
        options: GRACE.map((hours) => ({ value: String(hours), label: graceLabel(hours) })),
      }),
    }),
    footer: html`${button({ label: t('common.cancel'), onClick: actions.closeDialog })}
      ${button({ label: t('webhooks.rotate'), kind: 'primary', type: 'submit', busy: webhooks.busy.rotate })}`,
  });
}

/** @param {number} hours */
function graceLabel(hours) {
  if (!hours) return t('webhooks.graceNone');
  return hours < 72 ? t('webhooks.graceHours', { count: hours }) : t('webhooks.graceDays', { count: hours / 24 });
}

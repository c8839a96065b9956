//! Handing one message to the connection: who is it for, written down, sent. Nothing here decides what comes next.

use crate::actors::deps::Deps;
use crate::actors::session::outbox::queue::Outcome;
use crate::actors::status::Status;
use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::id::MessageId;
use crate::domain::message::Message;
use crate::domain::message::SendFailure;
use crate::telemetry::trace;
use crate::whatsapp::Client;
use crate::whatsapp::error::WhatsAppError;
use std::collections::HashMap;
use std::sync::Arc;
use tracing::Span;

/// How many recipients a session remembers, so that it need not ask WhatsApp for each message.
const KNOWN_RECIPIENTS: usize = 1000;

/// Whom a session has written to, by both names.
#[derive(Default)]
pub(super) struct Recipients(HashMap<ChatId, Party>);

impl Recipients {
    pub(super) fn get(&self, chat: &ChatId) -> Option<Party> {
        self.0.get(chat).cloned()
    }

    pub(super) fn learn(&mut self, asked: ChatId, party: Party) {
        if self.0.len() >= KNOWN_RECIPIENTS {
            self.0.clear();
        }
        self.0.insert(party.id.clone(), party.clone());
        self.0.insert(asked, party);
    }
}

/// What came of it.
pub(super) struct Handed {
    /// The message.
    pub(super) id: MessageId,
    /// What the caller's word for the recipient means, once WhatsApp was asked.
    pub(super) learnt: Option<(ChatId, Party)>,
    /// How it went.
    pub(super) outcome: Outcome,
}

/// Hands a message over. It is on disk as `sending` before anything of it can leave.
pub(super) async fn hand_over(
    deps: &Deps,
    (status, span): (&Status, &Span),
    client: Arc<dyn Client>,
    message: Message,
    known: Option<Party>,
) -> Handed {
    let (id, asked) = (message.id.clone(), message.chat.id.clone());
    let looked_up = known.is_none();
    let party = match known {
        Some(party) => Ok(party),
        None => recipient(&*client, &asked).await,
    };
    let party = match party {
        Ok(party) => party,
        Err(outcome) => {
            return Handed {
                id,
                learnt: None,
                outcome,
            };
        }
    };
    let marked = deps.store.mark_sending(&id, &party, status.now()).await;
    status.written(
        &marked,
        "a message waits because its state could not be written down",
    );
    let traces = &deps.settings.traces;
    let outcome = match marked {
        Ok(()) => {
            // The answer may come before the call returns.
            traces.hand(&id, span);
            send(deps, &*client, &message, &party).await
        }
        Err(_) => Outcome::NotConnected,
    };
    if outcome != Outcome::Handed {
        trace::failed(span);
        traces.answered(&id, false);
    }
    Handed {
        id,
        learnt: looked_up.then_some((asked, party)),
        outcome,
    }
}

async fn send(deps: &Deps, client: &dyn Client, message: &Message, party: &Party) -> Outcome {
    let limit = deps.settings.ack_timeout;
    let text = message.text.as_deref().unwrap_or_default();
    let sent = client.send_text(&party.id, text, &message.wa_id);
    match tokio::time::timeout(limit, sent).await {
        Ok(Ok(())) => Outcome::Handed,
        Ok(Err(error)) => after(&error),
        // Dropped in the middle: it may have left or not.
        Err(_) => Outcome::Again {
            why: failure("timeout", &WhatsAppError::Timeout(limit), true),
            may_have_left: true,
        },
    }
}

/// Whom the message goes to, by both names where WhatsApp knows them.
async fn recipient(client: &dyn Client, to: &ChatId) -> Result<Party, Outcome> {
    match to {
        ChatId::Group(_) => return Ok(Party::from_id(to.clone())),
        ChatId::Newsletter(_) | ChatId::Status => {
            return Err(after(&WhatsAppError::UnsupportedChat));
        }
        ChatId::Person(_) | ChatId::Lid(_) => {}
    }
    let found = client.look_up(to).await.map_err(|error| after(&error))?;
    found.ok_or_else(|| {
        Outcome::Refused(SendFailure {
            code: "not_on_whatsapp".to_owned(),
            detail: format!("{to} is not on WhatsApp"),
            retryable: false,
        })
    })
}

/// What a failed call to WhatsApp means for the message. None of these errors comes after the message has left.
fn after(error: &WhatsAppError) -> Outcome {
    match error {
        WhatsAppError::NotConnected => Outcome::NotConnected,
        WhatsAppError::Timeout(_) => Outcome::Again {
            why: failure("timeout", error, true),
            may_have_left: false,
        },
        WhatsAppError::Refused {
            retryable: true, ..
        }
        | WhatsAppError::Throttled { .. } => Outcome::Again {
            why: failure("rejected", error, true),
            may_have_left: true,
        },
        WhatsAppError::Refused { .. } | WhatsAppError::Storage(_) => {
            Outcome::Refused(failure("rejected", error, false))
        }
        WhatsAppError::UnsupportedChat => {
            Outcome::Refused(failure("unsupported_chat", error, false))
        }
    }
}

fn failure(code: &str, error: &WhatsAppError, retryable: bool) -> SendFailure {
    SendFailure {
        code: code.to_owned(),
        detail: error.to_string(),
        retryable,
    }
}

//! Incoming messages, and what people did to them, on their way to the disk, before WhatsApp is told that they arrived.

use crate::actors::deps::Deps;
use crate::actors::status::Status;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::message::Direction;
use crate::domain::message::Incoming;
use crate::domain::message::IncomingMessage;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::store::Arrival;
use crate::store::NewChange;
use crate::whatsapp::Inbox;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

/// Writes one session's incoming messages into the store.
pub(super) struct StoreInbox {
    session: SessionId,
    client: ClientId,
    status: Status,
    deps: Arc<Deps>,
}

impl StoreInbox {
    pub(super) fn new(status: Status, deps: Arc<Deps>) -> Self {
        let record = status.record();
        Self {
            session: record.id,
            client: record.client_id,
            status,
            deps,
        }
    }

    fn arrival(&self, incoming: Incoming) -> Arrival {
        match incoming {
            Incoming::Message(message) => Arrival::Message(Box::new(self.message(message))),
            Incoming::Change(incoming) => Arrival::Change(Box::new(NewChange {
                session_id: self.session.clone(),
                client_id: self.client.clone(),
                incoming,
            })),
        }
    }

    fn message(&self, incoming: IncomingMessage) -> Message {
        // What another device of this account sent has left already.
        let state = (incoming.direction == Direction::Out).then_some(MessageState::Sent);
        Message {
            id: self.deps.ids.message(),
            wa_id: incoming.wa_id,
            session_id: self.session.clone(),
            client_id: self.client.clone(),
            chat: incoming.chat,
            sender: incoming.sender,
            sender_name: incoming.sender_name,
            direction: incoming.direction,
            kind: incoming.kind,
            text: incoming.text,
            state,
            states: state
                .map(|state| (state, incoming.at))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
            recipients: Vec::new(),
            failure: None,
            expires_at: None,
            edited_at: None,
            revoked_at: None,
            at: incoming.at,
        }
    }
}

#[async_trait]
impl Inbox for StoreInbox {
    async fn keep(&self, incoming: Vec<Incoming>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let arrivals: Vec<_> = incoming
            .into_iter()
            .map(|incoming| self.arrival(incoming))
            .collect();
        let now = self.deps.clock.now().into();
        let written = self.deps.store.add_incoming(arrivals, now).await;
        self.status.written(
            &written,
            "incoming messages could not be written down; WhatsApp keeps them",
        );
        written?;
        Ok(())
    }
}

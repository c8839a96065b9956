//! From WhatsApp's words to ours: events, messages, receipts, people.

mod changes;
mod facts;
pub(super) mod linking;

use crate::domain::chat::ChatId;
use crate::domain::chat::Lid;
use crate::domain::chat::Party;
use crate::domain::chat::Phone;
use crate::domain::id::WaId;
use crate::domain::message::Direction;
use crate::domain::message::Incoming;
use crate::domain::message::IncomingMessage;
use crate::domain::message::MessageState;
use crate::domain::message::SendFailure;
use crate::domain::message::StateReport;
use crate::domain::session::Account;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::time::Timestamp;
use crate::whatsapp::ClientEvent;
use crate::whatsapp::EventSink;
use crate::whatsapp::party;
use futures::FutureExt;
use std::sync::Arc;
use std::sync::Weak;
use whatsapp_rust::IsOnWhatsAppResult;
use whatsapp_rust::Jid;
use whatsapp_rust::Server;
use whatsapp_rust::chrono::DateTime;
use whatsapp_rust::chrono::Utc;
use whatsapp_rust::types::durability_hook::InboundMessage;
use whatsapp_rust::types::events::Event;
use whatsapp_rust::types::events::EventHandler;
use whatsapp_rust::types::events::EventInterest;
use whatsapp_rust::types::events::EventKind;
use whatsapp_rust::types::events::Receipt;
use whatsapp_rust::types::events::ServerAck;
use whatsapp_rust::types::message::MessageSource;
use whatsapp_rust::types::presence::ReceiptType;
use whatsapp_rust::wacore::proto_helpers::MessageExt;
use whatsapp_rust::waproto::whatsapp as wa;

/// The events that matter to us; the library does not build the others.
pub(super) fn interest(presence: bool) -> EventInterest {
    let mut kinds = vec![
        EventKind::Connected,
        EventKind::Disconnected,
        EventKind::LoggedOut,
        EventKind::StreamReplaced,
        EventKind::TemporaryBan,
        EventKind::ClientOutdated,
        EventKind::ConnectFailure,
        EventKind::StreamError,
        EventKind::Receipt,
        EventKind::ServerAck,
        EventKind::SelfPushNameUpdated,
        EventKind::UndecryptableMessage,
        EventKind::GroupUpdate,
        EventKind::IncomingCall,
        EventKind::MissedCall,
        EventKind::ContactNumberChanged,
    ];
    kinds.extend(linking::KINDS);
    if presence {
        kinds.extend([EventKind::Presence, EventKind::ChatPresence]);
    }
    EventInterest::of(&kinds)
}

/// Turns the library's events into ours, on the library's own tasks.
pub(super) struct Translator {
    // Weak, because the client owns its handlers.
    client: Weak<whatsapp_rust::Client>,
    sink: EventSink,
    interest: EventInterest,
}

impl Translator {
    /// For the events of one client.
    pub(super) fn new(
        client: &Arc<whatsapp_rust::Client>,
        sink: EventSink,
        interest: EventInterest,
    ) -> Self {
        Self {
            client: Arc::downgrade(client),
            sink,
            interest,
        }
    }

    fn account(&self) -> Option<Account> {
        let client = self.client.upgrade()?;
        let phone = Phone::parse(client.pn()?.user_base()).ok()?;
        let lid = client
            .lid()
            .and_then(|lid| Lid::parse(lid.user_base()).ok());
        let push_name = Some(client.push_name()).filter(|name| !name.is_empty());
        Some(Account {
            phone,
            lid,
            push_name,
        })
    }

    /// Whose receipt it is, in a group; by both names where the client has them at hand.
    fn recipient(&self, receipt: &Receipt) -> Option<Party> {
        let source = &receipt.source;
        if source.chat.server != Server::Group {
            return None;
        }
        self.who(&source.sender, source.sender_alt.as_ref())
    }

    /// A chat or a person, by both names where the client has them at hand.
    fn who(&self, jid: &Jid, alt: Option<&Jid>) -> Option<Party> {
        let known = self
            .client
            .upgrade()
            .and_then(|client| person(&client, jid, alt).now_or_never());
        known.unwrap_or_else(|| named(jid, alt))
    }

    fn translate(&self, event: &Event) -> Option<ClientEvent> {
        match event {
            Event::Connected(_) => {
                if let Some(account) = self.account() {
                    (self.sink)(ClientEvent::AccountChanged { account });
                }
                Some(ClientEvent::Connected)
            }
            Event::SelfPushNameUpdated(_) => self
                .account()
                .map(|account| ClientEvent::AccountChanged { account }),
            Event::Receipt(receipt) => {
                progress(receipt, self.recipient(receipt)).map(ClientEvent::Progress)
            }
            Event::ServerAck(ack) => verdict(ack).map(ClientEvent::Progress),
            other => facts::fact(other, |jid, alt| self.who(jid, alt))
                .map(|fact| ClientEvent::Fact(Box::new(fact)))
                .or_else(|| linking::step(other))
                .or_else(|| end_of(other)),
        }
    }
}

impl EventHandler for Translator {
    fn handle_event(&self, event: Arc<Event>) {
        if let Some(event) = self.translate(&event) {
            (self.sink)(event);
        }
    }

    fn interest(&self) -> EventInterest {
        self.interest
    }
}

/// The events that end or interrupt a connection (stack facts: `client/node_io.rs` of whatsapp-rust 0.7.0).
fn end_of(event: &Event) -> Option<ClientEvent> {
    let ended = |code, detail: String| {
        Some(ClientEvent::Ended {
            cause: Cause::new(code, detail),
        })
    };
    match event {
        Event::Disconnected(gone) => Some(ClientEvent::Disconnected { cause: Cause::new(CauseCode::Network, format!("the connection was lost: {}", gone.reason)) }),
        Event::LoggedOut(out) => {
            let reason = if out.on_connect { format!("WhatsApp refused the login ({:?})", out.reason) } else { "the device was removed on the phone or by WhatsApp".to_owned() };
            ended(CauseCode::LoggedOut, format!("{reason}; start the session to link it again"))
        }
        Event::StreamReplaced(_) => ended(CauseCode::Replaced, "the same device logged in elsewhere: make sure that no second program uses this session, then start it".to_owned()),
        Event::ClientOutdated(_) => ended(CauseCode::Outdated, "WhatsApp no longer accepts this version; update wamux or set whatsapp.app_version, then start the session".to_owned()),
        Event::TemporaryBan(ban) => {
            let until = moment(Utc::now()).plus(ban.expire.to_std().unwrap_or_default());
            let detail = format!("WhatsApp has banned the number until {until}: {}", ban.code);
            Some(ClientEvent::Ended { cause: Cause { code: CauseCode::TempBan, detail, until: Some(until) } })
        }
        Event::ConnectFailure(failure) => {
            let detail = format!("WhatsApp refused the login: {:?}{}", failure.reason, failure.message.as_deref().map(|text| format!(" ({text})")).unwrap_or_default());
            if failure.reason.should_reconnect() {
                Some(ClientEvent::Disconnected { cause: Cause::new(CauseCode::ServerError, detail) })
            } else {
                ended(CauseCode::Refused, detail)
            }
        }
        Event::StreamError(error) => Some(ClientEvent::Disconnected { cause: Cause::new(CauseCode::ServerError, format!("WhatsApp's server reported stream error {}", error.code)) }),
        _ => None,
    }
}

/// What a receipt says of messages that this account sent; none for receipts about other things.
fn progress(receipt: &Receipt, recipient: Option<Party>) -> Option<StateReport> {
    let state = match receipt.r#type {
        // `inactive`: it arrived at a device whose user is not looking.
        ReceiptType::Delivered | ReceiptType::Inactive => MessageState::Delivered,
        ReceiptType::Read => MessageState::Read,
        ReceiptType::Played => MessageState::Played,
        _ => return None,
    };
    if receipt.source.is_from_me {
        return None;
    }
    let wa_ids = receipt
        .message_ids
        .iter()
        .filter_map(|id| WaId::parse(id).ok())
        .collect();
    Some(StateReport {
        wa_ids,
        state,
        at: moment(receipt.timestamp),
        recipient,
        failure: None,
    })
}

/// The server's verdict on a message.
fn verdict(ack: &ServerAck) -> Option<StateReport> {
    if ack.class.as_deref() != Some("message") {
        return None;
    }
    let at = moment(ack.timestamp.unwrap_or_else(Utc::now));
    let failure = ack.error.as_deref().map(refused);
    let state = if failure.is_some() {
        MessageState::Failed
    } else {
        MessageState::Sent
    };
    Some(StateReport {
        wa_ids: vec![WaId::parse(&ack.id).ok()?],
        state,
        at,
        recipient: None,
        failure,
    })
}

/// The server's error codes for messages (simulator facts a7).
fn refused(code: &str) -> SendFailure {
    let (name, detail) = match code {
        "463" => (
            "reachout_limited",
            "WhatsApp does not let this number write to people who have not written to it",
        ),
        "479" => ("rejected", "WhatsApp took the message for malformed"),
        _ => ("rejected", "WhatsApp refused the message"),
    };
    SendFailure {
        code: name.to_owned(),
        detail: format!("{detail} (code {code})"),
        retryable: false,
    }
}

/// What was decrypted; none where it is nothing that a chat shows (key exchange).
pub(super) async fn content(
    client: &whatsapp_rust::Client,
    inbound: &InboundMessage,
) -> Option<Incoming> {
    let doing = changes::doing(&inbound.message);
    let kind = kind(&inbound.message);
    if doing.is_none() && kind.is_none() {
        return None;
    }
    let source = &inbound.info.source;
    let chat = chat(client, source).await?;
    let sender = person(client, &source.sender, source.sender_alt.as_ref()).await?;
    match (doing, kind) {
        (Some(doing), _) => changes::change(client, &inbound.info, doing, (chat, sender))
            .await
            .map(Incoming::Change),
        (None, Some(kind)) => message(inbound, kind, (chat, sender)).map(Incoming::Message),
        (None, None) => None,
    }
}

async fn chat(client: &whatsapp_rust::Client, source: &MessageSource) -> Option<Party> {
    let alt = if source.is_from_me {
        source.recipient_alt.as_ref()
    } else {
        source.sender_alt.as_ref()
    };
    if source.is_group {
        conversation(&source.chat)
    } else {
        person(client, &source.chat, alt).await
    }
}

fn message(
    inbound: &InboundMessage,
    kind: &str,
    (chat, sender): (Party, Party),
) -> Option<IncomingMessage> {
    let info = &inbound.info;
    Some(IncomingMessage {
        wa_id: WaId::parse(&info.id).ok()?,
        chat,
        sender,
        sender_name: Some(info.push_name.clone()).filter(|name| !name.is_empty()),
        direction: if info.source.is_from_me {
            Direction::Out
        } else {
            Direction::In
        },
        kind: kind.to_owned(),
        text: inbound.message.text_content().map(ToOwned::to_owned),
        at: moment(info.timestamp),
    })
}

fn moment(at: DateTime<Utc>) -> Timestamp {
    Timestamp::from_millis(at.timestamp_millis())
}

fn kind(message: &wa::Message) -> Option<&'static str> {
    let base = message.get_base_message();
    if base.text_content().is_some() {
        return Some("text");
    }
    if base.protocol_message.is_set() {
        return None;
    }
    let kinds = [
        (base.image_message.is_set(), "image"),
        (base.video_message.is_set(), "video"),
        (base.audio_message.is_set(), "audio"),
        (base.document_message.is_set(), "document"),
        (base.sticker_message.is_set(), "sticker"),
        (base.location_message.is_set(), "location"),
        (base.contact_message.is_set(), "contact"),
        (
            base.poll_creation_message.is_set() || base.poll_creation_message_v3.is_set(),
            "poll",
        ),
    ];
    let known = kinds
        .into_iter()
        .find_map(|(set, name)| set.then_some(name));
    let keys_alone = base.sender_key_distribution_message.is_set() && known.is_none();
    if keys_alone {
        None
    } else {
        Some(known.unwrap_or("unknown"))
    }
}

/// A chat that is not a person.
fn conversation(jid: &Jid) -> Option<Party> {
    ChatId::parse(&jid.to_non_ad().to_string())
        .ok()
        .map(Party::from_id)
}

/// A person by the names in a stanza.
fn named(jid: &Jid, alt: Option<&Jid>) -> Option<Party> {
    let (phone, lid) = names(jid, alt);
    party(phone, lid)
}

fn names(jid: &Jid, alt: Option<&Jid>) -> (Option<Phone>, Option<Lid>) {
    let (mut phone, mut lid) = (None, None);
    for name in std::iter::once(jid).chain(alt) {
        match name.server {
            Server::Pn | Server::Hosted => phone = Phone::parse(name.user_base()).ok(),
            Server::Lid | Server::HostedLid => lid = Lid::parse(name.user_base()).ok(),
            _ => {}
        }
    }
    (phone, lid)
}

/// A person by both names, from the stanza or from what the client has learnt before.
async fn person(client: &whatsapp_rust::Client, jid: &Jid, alt: Option<&Jid>) -> Option<Party> {
    if !matches!(
        jid.server,
        Server::Pn | Server::Lid | Server::Hosted | Server::HostedLid
    ) {
        return conversation(jid);
    }
    let (mut phone, mut lid) = names(jid, alt);
    if (phone.is_none() || lid.is_none())
        && let Ok(Some(entry)) = client.get_lid_pn_entry(&jid.to_non_ad()).await
    {
        phone = phone.or_else(|| Phone::parse(&entry.phone_number).ok());
        lid = lid.or_else(|| Lid::parse(&entry.lid).ok());
    }
    party(phone, lid)
}

/// Whom WhatsApp means by a number that was asked for. It may name another one: some numbers are written in two ways.
pub(super) fn party_of_answer(asked: &ChatId, answer: &IsOnWhatsAppResult) -> Option<Party> {
    let names = [
        Some(&answer.jid),
        answer.lid.as_ref(),
        answer.pn_jid.as_ref(),
    ];
    let user_on = |server: Server| {
        names
            .into_iter()
            .flatten()
            .find(|jid| jid.server == server)
            .map(|jid| jid.user_base().to_owned())
    };
    let phone = user_on(Server::Pn).and_then(|user| Phone::parse(&user).ok());
    let lid = user_on(Server::Lid).and_then(|user| Lid::parse(&user).ok());
    party(phone, lid).or_else(|| Some(Party::from_id(asked.clone())))
}

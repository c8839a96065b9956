//! Writing messages: a new one, and each step that it takes. Every step is an event in the same commit.

use crate::domain::chat::Party;
use crate::domain::event::EventData;
use crate::domain::event::EventType;
use crate::domain::event::MessageStep;
use crate::domain::event::NewEvent;
use crate::domain::id::ClientId;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::id::WaId;
use crate::domain::idempotency::Claim;
use crate::domain::message::Direction;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::SendFailure;
use crate::domain::message::StateReport;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::changes;
use crate::store::changes::NewChange;
use crate::store::changes::names;
use crate::store::chats;
use crate::store::corrupt;
use crate::store::idempotency;
use crate::store::messages::direction_name;
use crate::store::messages::party;
use crate::store::sessions::parsed;
use crate::store::writer::Step;
use sqlx::Row;
use sqlx::SqliteConnection;

/// What came in from WhatsApp for a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// A message.
    Message(Box<Message>),
    /// What somebody did to one.
    Change(Box<NewChange>),
}

impl Store {
    /// Writes down what came in from WhatsApp, all or none, and tells of it; what is there already stays as it is.
    pub async fn add_incoming(
        &self,
        arrivals: Vec<Arrival>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .write("write a message", move |step| {
                Box::pin(async move {
                    for arrival in arrivals {
                        match arrival {
                            Arrival::Message(message) => add(step, *message, now).await?,
                            Arrival::Change(change) => changes::apply(step, *change, now).await?,
                        }
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Puts messages into the outbox, and says of each whether it is there now: not when the request that wanted it has
    /// been given up, or has its message already.
    pub async fn enqueue(
        &self,
        messages: Vec<(Message, Option<Claim>)>,
        now: Timestamp,
    ) -> Result<Vec<bool>, StoreError> {
        self.writer
            .write("write a message", move |step| {
                Box::pin(async move {
                    let mut written = Vec::with_capacity(messages.len());
                    for (mut message, claim) in messages {
                        let wanted = match claim {
                            Some(claim) => {
                                let id = message.id.as_str();
                                idempotency::note_made(step.conn, &claim, id).await?
                            }
                            None => true,
                        };
                        if wanted {
                            insert(step.conn, &mut message).await?;
                            step.count(
                                Direction::Out,
                                MessageState::Queued.as_str(),
                                &message.kind,
                            );
                            step.append(queued(&message, now)).await?;
                        }
                        written.push(wanted);
                    }
                    Ok(written)
                })
            })
            .await
    }

    /// Notes that a message is about to be handed to the connection, and to whom it goes by both names.
    pub async fn mark_sending(
        &self,
        id: &MessageId,
        chat: &Party,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, chat) = (id.clone(), chat.clone());
        self.writer
            .write("write a message's state", move |step| {
                Box::pin(async move {
                    if let Some(kind) = mark(step.conn, &id, chat).await? {
                        step.count(Direction::Out, MessageState::Sending.as_str(), &kind);
                    }
                    let noted = note_state(step.conn, &id, MessageState::Sending, now).await;
                    noted.map(drop)
                })
            })
            .await
    }

    /// Moves messages that this account sent to a state, unless they are there or beyond already, and tells of it.
    pub async fn advance(
        &self,
        session: &SessionId,
        report: StateReport,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let session = session.clone();
        self.writer
            .write("write a message's state", move |step| {
                Box::pin(async move {
                    for wa_id in &report.wa_ids {
                        advance_one(step, &session, wa_id, &report, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

async fn add(step: &mut Step<'_>, mut message: Message, now: Timestamp) -> Result<(), sqlx::Error> {
    if insert(step.conn, &mut message).await? {
        let state = message.state.map_or("received", MessageState::as_str);
        step.count(message.direction, state, &message.kind);
        step.append(told(message, now)).await?;
    }
    Ok(())
}

/// A message is on its way, unless it is beyond that already; its type if it was not before. To whom it goes may be somebody else than was asked for:
/// some numbers are written in two ways.
async fn mark(
    conn: &mut SqliteConnection,
    id: &MessageId,
    chat: Party,
) -> Result<Option<String>, sqlx::Error> {
    const FIND: &str = "SELECT * FROM messages WHERE id = ? AND state_rank <= ?";
    const MARK: &str = "UPDATE messages SET state = ?, state_rank = ?, chat_id = ?, chat_phone = ?, chat_lid = ? WHERE id = ?";
    let state = MessageState::Sending;
    let found = sqlx::query(FIND)
        .bind(id.to_string())
        .bind(state.rank())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(found) = found else { return Ok(None) };
    let is_new = found.try_get::<&str, _>("state")? != state.as_str();
    let kind: String = found.try_get("kind")?;
    let session = parsed(&found, "session_id", SessionId::parse)?;
    let before = party(&found, ["chat_id", "chat_phone", "chat_lid"])?;
    let chat = chats::known(conn, &session, chat).await?;
    let now = names(&chat);
    let query = sqlx::query(MARK)
        .bind(state.as_str())
        .bind(state.rank())
        .bind(now.0)
        .bind(now.1)
        .bind(now.2)
        .bind(id.to_string());
    query.execute(&mut *conn).await?;
    chats::note_moved(conn, &session, id, [&before, &chat]).await?;
    Ok(is_new.then_some(kind))
}

/// The event of a message that came from WhatsApp.
fn told(message: Message, now: Timestamp) -> NewEvent {
    let kind = match message.direction {
        Direction::In => EventType::MessageReceived,
        Direction::Out => EventType::MessageSent,
    };
    NewEvent {
        session_id: message.session_id.clone(),
        client_id: message.client_id.clone(),
        kind,
        at: now,
        data: EventData::Message(Box::new(message)),
    }
}

fn queued(message: &Message, now: Timestamp) -> NewEvent {
    let step = MessageStep {
        message_id: message.id.clone(),
        wa_id: message.wa_id.clone(),
        chat: message.chat.clone(),
        state: MessageState::Queued,
        at: message.at,
        recipient: None,
        failure: None,
    };
    NewEvent {
        session_id: message.session_id.clone(),
        client_id: message.client_id.clone(),
        kind: EventType::MessageState,
        at: now,
        data: EventData::Step(Box::new(step)),
    }
}

/// Writes a message down, with what is known of its chat. False when it is there already.
async fn insert(conn: &mut SqliteConnection, message: &mut Message) -> Result<bool, sqlx::Error> {
    chats::complete(conn, message).await?;
    let new = !is_there(conn, message).await? && insert_row(conn, message).await?;
    if new {
        for (state, at) in &message.states {
            note_state(conn, &message.id, *state, *at).await?;
        }
        chats::note(conn, message).await?;
    }
    Ok(new)
}

/// WhatsApp's ids are unique within chat and sender, and a sender can be known by either name.
async fn is_there(conn: &mut SqliteConnection, message: &Message) -> Result<bool, sqlx::Error> {
    const THERE: &str = "SELECT COUNT(*) FROM messages WHERE session_id = ? AND wa_id = ? AND (sender_id = ? OR sender_phone = ? OR sender_lid = ?) \
         AND (chat_id = ? OR chat_phone = ? OR chat_lid = ?)";
    let (chat, sender) = (names(&message.chat), names(&message.sender));
    let there: i64 = sqlx::query_scalar(THERE)
        .bind(message.session_id.to_string())
        .bind(message.wa_id.to_string())
        .bind(sender.0)
        .bind(sender.1)
        .bind(sender.2)
        .bind(chat.0)
        .bind(chat.1)
        .bind(chat.2)
        .fetch_one(conn)
        .await?;
    Ok(there > 0)
}

async fn insert_row(conn: &mut SqliteConnection, message: &Message) -> Result<bool, sqlx::Error> {
    const INSERT: &str = "INSERT INTO messages (id, session_id, client_id, wa_id, chat_id, chat_phone, chat_lid, sender_id, sender_phone, sender_lid, sender_name, direction, kind, body, state, state_rank, at, expires_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let (chat, sender) = (names(&message.chat), names(&message.sender));
    let query = sqlx::query(INSERT)
        .bind(message.id.to_string())
        .bind(message.session_id.to_string())
        .bind(message.client_id.to_string())
        .bind(message.wa_id.to_string())
        .bind(chat.0)
        .bind(chat.1)
        .bind(chat.2)
        .bind(sender.0)
        .bind(sender.1)
        .bind(sender.2)
        .bind(message.sender_name.clone())
        .bind(direction_name(message.direction))
        .bind(message.kind.clone())
        .bind(message.text.clone())
        .bind(message.state.map(MessageState::as_str))
        .bind(message.state.map_or(0, MessageState::rank))
        .bind(message.at.as_millis())
        .bind(message.expires_at.map(Timestamp::as_millis));
    Ok(query.execute(conn).await?.rows_affected() > 0)
}

/// A message as far as a step needs it.
struct Found {
    id: MessageId,
    client: ClientId,
    chat: Party,
    kind: String,
}

async fn advance_one(
    step: &mut Step<'_>,
    session: &SessionId,
    wa_id: &WaId,
    report: &StateReport,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let Some(found) = find(step.conn, session, wa_id).await? else {
        return Ok(());
    };
    let moved = move_on(step.conn, &found.id, report).await?;
    // Noted and counted even when a later report came first: delivered before read, in whichever order they arrive.
    let noted = note_state(step.conn, &found.id, report.state, report.at).await?;
    if noted {
        step.count(Direction::Out, report.state.as_str(), &found.kind);
    }
    let new_there = match &report.recipient {
        Some(recipient) => note_recipient(step.conn, &found.id, recipient, report).await?,
        None => false,
    };
    if !(moved || noted || new_there) {
        return Ok(());
    }
    let data = MessageStep {
        message_id: found.id,
        wa_id: wa_id.clone(),
        chat: found.chat,
        state: report.state,
        at: report.at,
        recipient: report.recipient.clone(),
        failure: report.failure.clone(),
    };
    let event = NewEvent {
        session_id: session.clone(),
        client_id: found.client,
        kind: EventType::MessageState,
        at: now,
        data: EventData::Step(Box::new(data)),
    };
    step.append(event).await.map(drop)
}

async fn find(
    conn: &mut SqliteConnection,
    session: &SessionId,
    wa_id: &WaId,
) -> Result<Option<Found>, sqlx::Error> {
    const FIND: &str =
        "SELECT * FROM messages WHERE session_id = ? AND wa_id = ? AND direction = 'out'";
    let row = sqlx::query(FIND)
        .bind(session.to_string())
        .bind(wa_id.to_string())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let id: &str = row.try_get("id")?;
    Ok(Some(Found {
        id: MessageId::parse(id).map_err(|error| corrupt("id", error))?,
        client: parsed(&row, "client_id", ClientId::parse)?,
        chat: party(&row, ["chat_id", "chat_phone", "chat_lid"])?,
        kind: row.try_get("kind")?,
    }))
}

/// Whether the message came further by it. A failure is forgotten when a receipt proves it wrong.
async fn move_on(
    conn: &mut SqliteConnection,
    id: &MessageId,
    report: &StateReport,
) -> Result<bool, sqlx::Error> {
    const MOVE: &str = "UPDATE messages SET state = ?, state_rank = ?, failure_code = ?, failure_detail = ?, failure_retryable = ? WHERE id = ? AND state_rank < ?";
    let failure: Option<&SendFailure> = report.failure.as_ref();
    let query = sqlx::query(MOVE)
        .bind(report.state.as_str())
        .bind(report.state.rank())
        .bind(failure.map(|failure| failure.code.clone()))
        .bind(failure.map(|failure| failure.detail.clone()))
        .bind(i64::from(failure.is_some_and(|failure| failure.retryable)))
        .bind(id.to_string())
        .bind(report.state.rank());
    Ok(query.execute(conn).await?.rows_affected() > 0)
}

/// Notes when a message reached a state, the first time alone; true then. WhatsApp counts in whole seconds and we in
/// milliseconds: no state is dated before one that it follows.
async fn note_state(
    conn: &mut SqliteConnection,
    id: &MessageId,
    state: MessageState,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    const BEFORE: &str =
        "SELECT MAX(at) FROM message_states WHERE message_id = ? AND state_rank < ?";
    const NOTE: &str = "INSERT INTO message_states (message_id, state, state_rank, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let before: Option<i64> = sqlx::query_scalar(BEFORE)
        .bind(id.to_string())
        .bind(state.rank())
        .fetch_one(&mut *conn)
        .await?;
    let note = sqlx::query(NOTE)
        .bind(id.to_string())
        .bind(state.as_str())
        .bind(state.rank())
        .bind(at.as_millis().max(before.unwrap_or(i64::MIN)));
    let noted = note.execute(&mut *conn).await?.rows_affected() > 0;
    if noted {
        note_latency(conn, id, state).await?;
    }
    Ok(noted)
}

/// Notes how long a message took from the outbox to a state that it has just reached, where anybody asks for that.
async fn note_latency(
    conn: &mut SqliteConnection,
    id: &MessageId,
    state: MessageState,
) -> Result<(), sqlx::Error> {
    const SENT: &str = "UPDATE messages SET sent_ms = \
         (SELECT step.at - queued.at FROM message_states AS step JOIN message_states AS queued ON queued.message_id = step.message_id \
         WHERE step.message_id = messages.id AND step.state = 'sent' AND queued.state = 'queued') WHERE id = ?";
    const DELIVERED: &str = "UPDATE messages SET delivered_ms = \
         (SELECT step.at - queued.at FROM message_states AS step JOIN message_states AS queued ON queued.message_id = step.message_id \
         WHERE step.message_id = messages.id AND step.state = 'delivered' AND queued.state = 'queued') WHERE id = ?";
    let note = match state {
        MessageState::Sent => SENT,
        MessageState::Delivered => DELIVERED,
        _ => return Ok(()),
    };
    let query = sqlx::query(note).bind(id.to_string());
    query.execute(conn).await.map(drop)
}

/// Notes how far one recipient of a group is; true when that is new.
async fn note_recipient(
    conn: &mut SqliteConnection,
    id: &MessageId,
    recipient: &Party,
    report: &StateReport,
) -> Result<bool, sqlx::Error> {
    const NOTE: &str = "INSERT INTO message_recipients (message_id, recipient_id, recipient_phone, recipient_lid, state, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let query = sqlx::query(NOTE)
        .bind(id.to_string())
        .bind(recipient.id.to_string())
        .bind(recipient.phone.as_ref().map(ToString::to_string))
        .bind(recipient.lid.as_ref().map(|lid| lid.as_str().to_owned()))
        .bind(report.state.as_str())
        .bind(report.at.as_millis());
    Ok(query.execute(conn).await?.rows_affected() > 0)
}

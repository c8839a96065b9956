//! Writing what people did to messages: reactions, edits, revocations. Each is an event in the same commit.

use crate::domain::chat::Party;
use crate::domain::event::EventData;
use crate::domain::event::NewEvent;
use crate::domain::fact::Change;
use crate::domain::fact::IncomingChange;
use crate::domain::fact::MessageChange;
use crate::domain::fact::Target;
use crate::domain::id::ClientId;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::message::Direction;
use crate::domain::time::Timestamp;
use crate::store::chats;
use crate::store::messages::direction_name;
use crate::store::sessions::parsed;
use crate::store::writer::Step;
use sqlx::SqliteConnection;

/// A change as it came to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// The session.
    pub session_id: SessionId,
    /// Its tenant.
    pub client_id: ClientId,
    /// What came.
    pub incoming: IncomingChange,
}

/// Does to the kept message what was done to it, if it is kept, and tells of it. Nothing happens by a twin.
pub(super) async fn apply(
    step: &mut Step<'_>,
    new: NewChange,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let NewChange {
        session_id,
        client_id,
        mut incoming,
    } = new;
    for party in [
        &mut incoming.chat,
        &mut incoming.sender,
        &mut incoming.target.sender,
    ] {
        *party = chats::known(step.conn, &session_id, party.clone()).await?;
    }
    if !note(step.conn, &session_id, &incoming).await? {
        return Ok(());
    }
    let found = find(step.conn, &session_id, &incoming.chat, &incoming.target).await?;
    if let Some(id) = &found {
        write(step.conn, id, &incoming.change).await?;
    }
    let event = NewEvent {
        session_id,
        client_id,
        kind: incoming.change.kind(),
        at: now,
        data: EventData::Change(Box::new(MessageChange::of(incoming, found))),
    };
    step.append(event).await.map(drop)
}

/// Remembers that a change came. False when it came before.
async fn note(
    conn: &mut SqliteConnection,
    session: &SessionId,
    incoming: &IncomingChange,
) -> Result<bool, sqlx::Error> {
    const THERE: &str = "SELECT COUNT(*) FROM message_changes WHERE session_id = ? AND wa_id = ? \
         AND (chat_id = ? OR chat_phone = ? OR chat_lid = ?) AND (sender_id = ? OR sender_phone = ? OR sender_lid = ?)";
    const NOTE: &str = "INSERT INTO message_changes (session_id, wa_id, chat_id, chat_phone, chat_lid, sender_id, sender_phone, sender_lid) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let (chat, sender) = (names(&incoming.chat), names(&incoming.sender));
    let there: i64 = sqlx::query_scalar(THERE)
        .bind(session.to_string())
        .bind(incoming.wa_id.to_string())
        .bind(chat.0.clone())
        .bind(chat.1.clone())
        .bind(chat.2.clone())
        .bind(sender.0.clone())
        .bind(sender.1.clone())
        .bind(sender.2.clone())
        .fetch_one(&mut *conn)
        .await?;
    if there > 0 {
        return Ok(false);
    }
    let note = sqlx::query(NOTE)
        .bind(session.to_string())
        .bind(incoming.wa_id.to_string())
        .bind(chat.0)
        .bind(chat.1)
        .bind(chat.2)
        .bind(sender.0)
        .bind(sender.1)
        .bind(sender.2);
    note.execute(conn).await?;
    Ok(true)
}

/// The kept message that others mean. By its id, chat and author: who names somebody else's id changes nothing.
async fn find(
    conn: &mut SqliteConnection,
    session: &SessionId,
    chat: &Party,
    target: &Target,
) -> Result<Option<MessageId>, sqlx::Error> {
    const FIND: &str = "SELECT id FROM messages WHERE session_id = ? AND wa_id = ? AND direction = ? \
         AND (chat_id = ? OR chat_phone = ? OR chat_lid = ?) AND (direction = 'out' OR sender_id = ? OR sender_phone = ? OR sender_lid = ?)";
    let direction = if target.from_me {
        Direction::Out
    } else {
        Direction::In
    };
    let (chat, sender) = (names(chat), names(&target.sender));
    let row = sqlx::query(FIND)
        .bind(session.to_string())
        .bind(target.wa_id.to_string())
        .bind(direction_name(direction))
        .bind(chat.0)
        .bind(chat.1)
        .bind(chat.2)
        .bind(sender.0)
        .bind(sender.1)
        .bind(sender.2)
        .fetch_optional(conn)
        .await?;
    row.as_ref()
        .map(|row| parsed(row, "id", MessageId::parse))
        .transpose()
}

/// The last edit counts, in whichever order they come, and what was revoked stays empty.
async fn write(
    conn: &mut SqliteConnection,
    id: &MessageId,
    change: &Change,
) -> Result<(), sqlx::Error> {
    const EDIT: &str = "UPDATE messages SET body = ?, edited_at = ? WHERE id = ? AND revoked_at IS NULL AND (edited_at IS NULL OR edited_at <= ?)";
    const REVOKE: &str =
        "UPDATE messages SET body = NULL, revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
    let query = match change {
        Change::Reaction { .. } => return Ok(()),
        Change::Edited { text, edited_at } => sqlx::query(EDIT)
            .bind(text.clone())
            .bind(edited_at.as_millis())
            .bind(id.to_string())
            .bind(edited_at.as_millis()),
        Change::Revoked { revoked_at, .. } => sqlx::query(REVOKE)
            .bind(revoked_at.as_millis())
            .bind(id.to_string()),
    };
    query.execute(conn).await.map(drop)
}

/// A chat or a person as the tables have it: id, phone, LID.
pub(super) fn names(party: &Party) -> (String, Option<String>, Option<String>) {
    (
        party.id.to_string(),
        party.phone.as_ref().map(ToString::to_string),
        party.lid.as_ref().map(|lid| lid.as_str().to_owned()),
    )
}

#[cfg(test)]
mod tests;

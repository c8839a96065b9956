//! The table of messages, and the times at which each reached its states.

use crate::domain::chat::ChatId;
use crate::domain::chat::Lid;
use crate::domain::chat::Party;
use crate::domain::chat::Phone;
use crate::domain::id::ClientId;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::id::WaId;
use crate::domain::message::Direction;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::SendFailure;
use crate::domain::message::StateReport;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::corrupt;
use crate::store::sessions::parsed;
use crate::store::sessions::parsed_option;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::Transaction;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

impl Store {
    /// Writes messages down, all or none; a message that is there already stays as it is.
    pub async fn add_messages(&self, messages: &[Message]) -> Result<(), StoreError> {
        let added = async {
            let mut transaction = self.writer.begin().await?;
            for message in messages {
                insert(&mut transaction, message).await?;
            }
            transaction.commit().await
        };
        added.await.map_err(StoreError::to("write a message"))
    }

    /// Moves messages that this account sent to a state, unless they are there or beyond already.
    pub async fn advance(
        &self,
        session: &SessionId,
        report: &StateReport,
    ) -> Result<(), StoreError> {
        let advanced = async {
            let mut transaction = self.writer.begin().await?;
            for wa_id in &report.wa_ids {
                advance_one(&mut transaction, session, wa_id, report).await?;
            }
            transaction.commit().await
        };
        advanced
            .await
            .map_err(StoreError::to("write a message's state"))
    }

    /// One message of a session, by our id.
    pub async fn message(
        &self,
        session: &SessionId,
        id: &MessageId,
    ) -> Result<Option<Message>, StoreError> {
        let read = async {
            let query = sqlx::query("SELECT * FROM messages WHERE session_id = ? AND id = ?")
                .bind(session.to_string())
                .bind(id.to_string());
            let mut snapshot = self.readers.begin().await?;
            let Some(row) = query.fetch_optional(&mut *snapshot).await? else {
                return Ok(None);
            };
            let mut message = message(&row)?;
            message.states = states(&mut snapshot, &message.id).await?;
            Ok(Some(message))
        };
        read.await.map_err(StoreError::to("read a message"))
    }

    /// What a session sent and received, newest first. The cursor is the id of the last one of the page before.
    pub async fn messages(
        &self,
        session: &SessionId,
        page: &PageRequest,
    ) -> Result<Page<Message>, StoreError> {
        const NEWEST_FIRST: &str =
            "SELECT * FROM messages WHERE session_id = ? AND id < ? ORDER BY id DESC LIMIT ?";
        // Larger than every id: '~' follows all letters and digits.
        let before = page.after.clone().unwrap_or_else(|| "~".to_owned());
        let read = async {
            let query = sqlx::query(NEWEST_FIRST)
                .bind(session.to_string())
                .bind(before)
                .bind(i64::from(page.limit) + 1);
            // A transaction sees one moment, so that a message's state and the times of its states agree.
            let mut snapshot = self.readers.begin().await?;
            let rows = query.fetch_all(&mut *snapshot).await?;
            let mut messages = rows.iter().map(message).collect::<Result<Vec<_>, _>>()?;
            for message in &mut messages {
                message.states = states(&mut snapshot, &message.id).await?;
            }
            Ok(Page::cut(messages, page.limit, |message| {
                message.id.to_string()
            }))
        };
        read.await.map_err(StoreError::to("read messages"))
    }

    /// Marks what was on its way when the daemon, or one session, came to a sudden end: nobody knows whether it left.
    /// Says how many there were.
    pub async fn settle_unfinished(
        &self,
        session: Option<&SessionId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        const NOTE: &str = "INSERT INTO message_states (message_id, state, state_rank, at) SELECT id, ?, ?, ? FROM messages \
             WHERE direction = 'out' AND state IN ('queued', 'sending') AND (? IS NULL OR session_id = ?) ON CONFLICT DO NOTHING";
        const SETTLE: &str = "UPDATE messages SET state = ?, state_rank = ? WHERE direction = 'out' AND state IN ('queued', 'sending') AND (? IS NULL OR session_id = ?)";
        let unknown = MessageState::Unknown;
        let session = session.map(ToString::to_string);
        let settled = async {
            let mut transaction = self.writer.begin().await?;
            sqlx::query(NOTE)
                .bind(unknown.as_str())
                .bind(unknown.rank())
                .bind(now.as_millis())
                .bind(session.clone())
                .bind(session.clone())
                .execute(&mut *transaction)
                .await?;
            let done = sqlx::query(SETTLE)
                .bind(unknown.as_str())
                .bind(unknown.rank())
                .bind(session.clone())
                .bind(session)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(done.rows_affected())
        };
        settled
            .await
            .map_err(StoreError::to("settle unfinished messages"))
    }
}

async fn states(
    snapshot: &mut Transaction<'_, Sqlite>,
    id: &MessageId,
) -> Result<BTreeMap<MessageState, Timestamp>, sqlx::Error> {
    let rows = sqlx::query("SELECT state, at FROM message_states WHERE message_id = ?")
        .bind(id.to_string())
        .fetch_all(&mut **snapshot)
        .await?;
    rows.iter()
        .map(|row| {
            Ok((
                state(row.try_get("state")?)?,
                Timestamp::from_millis(row.try_get("at")?),
            ))
        })
        .collect()
}

async fn insert(
    transaction: &mut Transaction<'_, Sqlite>,
    message: &Message,
) -> Result<(), sqlx::Error> {
    const INSERT: &str = "INSERT INTO messages (id, session_id, client_id, wa_id, chat_id, chat_phone, chat_lid, sender_id, sender_phone, sender_lid, sender_name, direction, kind, body, state, state_rank, at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let query = sqlx::query(INSERT)
        .bind(message.id.to_string())
        .bind(message.session_id.to_string())
        .bind(message.client_id.to_string())
        .bind(message.wa_id.to_string())
        .bind(message.chat.id.to_string())
        .bind(message.chat.phone.as_ref().map(ToString::to_string))
        .bind(message.chat.lid.as_ref().map(|lid| lid.as_str().to_owned()))
        .bind(message.sender.id.to_string())
        .bind(message.sender.phone.as_ref().map(ToString::to_string))
        .bind(
            message
                .sender
                .lid
                .as_ref()
                .map(|lid| lid.as_str().to_owned()),
        )
        .bind(message.sender_name.clone())
        .bind(direction_name(message.direction))
        .bind(message.kind.clone())
        .bind(message.text.clone())
        .bind(message.state.map(MessageState::as_str))
        .bind(message.state.map_or(0, MessageState::rank))
        .bind(message.at.as_millis());
    if query.execute(&mut **transaction).await?.rows_affected() == 0 {
        return Ok(());
    }
    for (state, at) in &message.states {
        note_state(transaction, &message.id, *state, *at).await?;
    }
    Ok(())
}

async fn advance_one(
    transaction: &mut Transaction<'_, Sqlite>,
    session: &SessionId,
    wa_id: &WaId,
    report: &StateReport,
) -> Result<(), sqlx::Error> {
    const FIND: &str =
        "SELECT id FROM messages WHERE session_id = ? AND wa_id = ? AND direction = 'out'";
    const MOVE: &str = "UPDATE messages SET state = ?, state_rank = ?, failure_code = ?, failure_detail = ?, failure_retryable = ? WHERE id = ? AND state_rank < ?";
    let found: Option<String> = sqlx::query_scalar(FIND)
        .bind(session.to_string())
        .bind(wa_id.to_string())
        .fetch_optional(&mut **transaction)
        .await?;
    let Some(id) = found else { return Ok(()) };
    let id = MessageId::parse(&id).map_err(|error| corrupt("id", error))?;
    let failure = report.failure.as_ref();
    let query = sqlx::query(MOVE)
        .bind(report.state.as_str())
        .bind(report.state.rank())
        .bind(failure.map(|failure| failure.code.clone()))
        .bind(failure.map(|failure| failure.detail.clone()))
        .bind(i64::from(failure.is_some_and(|failure| failure.retryable)))
        .bind(id.to_string())
        .bind(report.state.rank());
    query.execute(&mut **transaction).await?;
    // The time is noted even when a later report came first: delivered before read, in whichever order they arrive.
    note_state(transaction, &id, report.state, report.at).await
}

/// Notes when a message reached a state, the first time alone. WhatsApp counts in whole seconds and we in
/// milliseconds: no state is dated before one that it follows.
async fn note_state(
    transaction: &mut Transaction<'_, Sqlite>,
    id: &MessageId,
    state: MessageState,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    const BEFORE: &str =
        "SELECT MAX(at) FROM message_states WHERE message_id = ? AND state_rank < ?";
    const NOTE: &str = "INSERT INTO message_states (message_id, state, state_rank, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let before: Option<i64> = sqlx::query_scalar(BEFORE)
        .bind(id.to_string())
        .bind(state.rank())
        .fetch_one(&mut **transaction)
        .await?;
    let note = sqlx::query(NOTE)
        .bind(id.to_string())
        .bind(state.as_str())
        .bind(state.rank())
        .bind(at.as_millis().max(before.unwrap_or(i64::MIN)));
    note.execute(&mut **transaction).await?;
    Ok(())
}

fn message(row: &SqliteRow) -> Result<Message, sqlx::Error> {
    let party = |id, phone, lid| -> Result<Party, sqlx::Error> {
        Ok(Party {
            id: parsed(row, id, ChatId::parse)?,
            phone: parsed_option(row, phone, Phone::parse)?,
            lid: parsed_option(row, lid, Lid::parse)?,
        })
    };
    Ok(Message {
        id: parsed(row, "id", MessageId::parse)?,
        wa_id: parsed(row, "wa_id", WaId::parse)?,
        session_id: parsed(row, "session_id", SessionId::parse)?,
        client_id: parsed(row, "client_id", ClientId::parse)?,
        chat: party("chat_id", "chat_phone", "chat_lid")?,
        sender: party("sender_id", "sender_phone", "sender_lid")?,
        sender_name: row.try_get("sender_name")?,
        direction: direction(row.try_get("direction")?)?,
        kind: row.try_get("kind")?,
        text: row.try_get("body")?,
        state: row
            .try_get::<Option<&str>, _>("state")?
            .map(state)
            .transpose()?,
        states: BTreeMap::new(),
        failure: failure(row)?,
        at: Timestamp::from_millis(row.try_get("at")?),
    })
}

fn failure(row: &SqliteRow) -> Result<Option<SendFailure>, sqlx::Error> {
    let Some(code) = row.try_get::<Option<String>, _>("failure_code")? else {
        return Ok(None);
    };
    let detail: Option<String> = row.try_get("failure_detail")?;
    Ok(Some(SendFailure {
        code,
        detail: detail.unwrap_or_default(),
        retryable: row.try_get::<i64, _>("failure_retryable")? != 0,
    }))
}

fn state(name: &str) -> Result<MessageState, sqlx::Error> {
    MessageState::from_name(name).ok_or_else(|| corrupt("state", name))
}

fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}

fn direction(name: &str) -> Result<Direction, sqlx::Error> {
    [Direction::In, Direction::Out]
        .into_iter()
        .find(|direction| direction_name(*direction) == name)
        .ok_or_else(|| corrupt("direction", name))
}

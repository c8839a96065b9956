//! Reading messages, and the times at which each reached its states. `steps` and `changes` write them.

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
use crate::domain::message::MessageFilter;
use crate::domain::message::MessageState;
use crate::domain::message::Recipient;
use crate::domain::message::SendFailure;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::chats;
use crate::store::corrupt;
use crate::store::pattern;
use crate::store::sessions::moment;
use crate::store::sessions::parsed;
use crate::store::sessions::parsed_option;
use sqlx::QueryBuilder;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::Transaction;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

impl Store {
    /// One message, by our id, with how far each of its recipients is.
    pub async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        let read = async {
            let query = sqlx::query("SELECT * FROM messages WHERE id = ?").bind(id.to_string());
            // A transaction sees one moment, so that a message's state and the times of its states agree.
            let mut snapshot = self.readers.begin().await?;
            let Some(row) = query.fetch_optional(&mut *snapshot).await? else {
                return Ok(None);
            };
            let mut message = message(&row)?;
            message.states = states(&mut snapshot, &message.id).await?;
            message.recipients = recipients(&mut snapshot, &message.id).await?;
            Ok(Some(message))
        };
        read.await.map_err(StoreError::to("read a message"))
    }

    /// What a session sent and received, newest first, as far as somebody wants it. The cursor is the id of the last
    /// one of the page before.
    pub async fn messages(
        &self,
        session: &SessionId,
        wanted: &MessageFilter,
        page: &PageRequest,
    ) -> Result<Page<Message>, StoreError> {
        let read = async {
            let _turn = match wanted.text {
                Some(_) => Some(self.long_read().await?),
                None => None,
            };
            let mut snapshot = self.readers.begin().await?;
            let chat = match &wanted.chat {
                Some(chat) => Some(chats::kept_as(&mut snapshot, session, chat).await?),
                None => None,
            };
            let mut query =
                QueryBuilder::<Sqlite>::new("SELECT * FROM messages WHERE session_id = ");
            query.push_bind(session.to_string());
            if let Some(chat) = chat {
                query.push(" AND chat_id = ").push_bind(chat.to_string());
            }
            push_filter(&mut query, wanted, page);
            let rows = query.build().fetch_all(&mut *snapshot).await?;
            let messages = with_states(&mut snapshot, &rows).await?;
            Ok(Page::cut(messages, page.limit, |message| {
                message.id.to_string()
            }))
        };
        read.await.map_err(StoreError::to("read messages"))
    }

    /// What a session has still to send or to learn the outcome of, in order.
    pub async fn waiting(&self, session: &SessionId) -> Result<Vec<Message>, StoreError> {
        const WAITING: &str = "SELECT * FROM messages WHERE session_id = ? AND state IN ('queued', 'sending') AND direction = 'out' ORDER BY id";
        let read = async {
            let query = sqlx::query(WAITING).bind(session.to_string());
            let mut snapshot = self.readers.begin().await?;
            let rows = query.fetch_all(&mut *snapshot).await?;
            with_states(&mut snapshot, &rows).await
        };
        read.await.map_err(StoreError::to("read the outbox"))
    }
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, wanted: &MessageFilter, page: &PageRequest) {
    if let Some(before) = &page.after {
        query.push(" AND id < ").push_bind(before.clone());
    }
    if !wanted.states.is_empty() {
        query.push(" AND state IN (");
        let mut names = query.separated(", ");
        for state in &wanted.states {
            names.push_bind(state.as_str());
        }
        query.push(")");
    }
    if let Some(text) = &wanted.text {
        let part = pattern::containing(text.as_str());
        query.push(" AND body GLOB ").push_bind(part);
    }
    query
        .push(" ORDER BY id DESC LIMIT ")
        .push_bind(i64::from(page.limit) + 1);
}

/// These messages, in no order.
pub(super) async fn by_ids(
    snapshot: &mut Transaction<'_, Sqlite>,
    ids: &[MessageId],
) -> Result<Vec<Message>, sqlx::Error> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM messages WHERE id IN (");
    let mut names = query.separated(", ");
    for id in ids {
        names.push_bind(id.to_string());
    }
    query.push(")");
    let rows = query.build().fetch_all(&mut **snapshot).await?;
    with_states(snapshot, &rows).await
}

async fn with_states(
    snapshot: &mut Transaction<'_, Sqlite>,
    rows: &[SqliteRow],
) -> Result<Vec<Message>, sqlx::Error> {
    let mut messages = rows.iter().map(message).collect::<Result<Vec<_>, _>>()?;
    for message in &mut messages {
        message.states = states(snapshot, &message.id).await?;
    }
    Ok(messages)
}

async fn recipients(
    snapshot: &mut Transaction<'_, Sqlite>,
    id: &MessageId,
) -> Result<Vec<Recipient>, sqlx::Error> {
    const ALL: &str = "SELECT * FROM message_recipients WHERE message_id = ? ORDER BY recipient_id";
    let rows = sqlx::query(ALL)
        .bind(id.to_string())
        .fetch_all(&mut **snapshot)
        .await?;
    let mut recipients: Vec<Recipient> = Vec::new();
    for row in &rows {
        let party = party(row, ["recipient_id", "recipient_phone", "recipient_lid"])?;
        let (state, at) = (
            state(row.try_get("state")?)?,
            Timestamp::from_millis(row.try_get("at")?),
        );
        match recipients.last_mut() {
            Some(last) if last.party.id == party.id => {
                last.states.insert(state, at);
            }
            _ => recipients.push(Recipient {
                party,
                states: [(state, at)].into(),
            }),
        }
    }
    Ok(recipients)
}

pub(super) fn party(
    row: &SqliteRow,
    [id, phone, lid]: [&'static str; 3],
) -> Result<Party, sqlx::Error> {
    Ok(Party {
        id: parsed(row, id, ChatId::parse)?,
        phone: parsed_option(row, phone, Phone::parse)?,
        lid: parsed_option(row, lid, Lid::parse)?,
    })
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

fn message(row: &SqliteRow) -> Result<Message, sqlx::Error> {
    Ok(Message {
        id: parsed(row, "id", MessageId::parse)?,
        wa_id: parsed(row, "wa_id", WaId::parse)?,
        session_id: parsed(row, "session_id", SessionId::parse)?,
        client_id: parsed(row, "client_id", ClientId::parse)?,
        chat: party(row, ["chat_id", "chat_phone", "chat_lid"])?,
        sender: party(row, ["sender_id", "sender_phone", "sender_lid"])?,
        sender_name: row.try_get("sender_name")?,
        direction: direction(row.try_get("direction")?)?,
        kind: row.try_get("kind")?,
        text: row.try_get("body")?,
        state: row
            .try_get::<Option<&str>, _>("state")?
            .map(state)
            .transpose()?,
        states: BTreeMap::new(),
        recipients: Vec::new(),
        failure: failure(row)?,
        expires_at: moment(row, "expires_at")?,
        edited_at: moment(row, "edited_at")?,
        revoked_at: moment(row, "revoked_at")?,
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

pub(super) fn direction_name(direction: Direction) -> &'static str {
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

//! The conversations of a session: one for each person, whichever of the two names WhatsApp uses, and one a group.
//!
//! A person is kept under the phone number where that is known. Once the number of a LID becomes known, what was written
//! under the LID moves to the number; what comes by the LID alone later is completed before it is written.

use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::event::EventData;
use crate::domain::event::NewEvent;
use crate::domain::fact::Fact;
use crate::domain::fact::GroupAspect;
use crate::domain::fact::GroupValue;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::message::Chat;
use crate::domain::message::Direction;
use crate::domain::message::Message;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::search::Search;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::changes::names;
use crate::store::corrupt;
use crate::store::messages;
use crate::store::messages::party;
use crate::store::pattern;
use crate::store::sessions::parsed;
use sqlx::QueryBuilder;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use std::collections::HashMap;

impl Store {
    /// A session's conversations, the one with the newest message first; those with the search in name, number or id,
    /// or all. The cursor is the newest message of the last one of the page before.
    pub async fn chats(
        &self,
        session: &SessionId,
        search: Option<&Search>,
        page: &PageRequest,
    ) -> Result<Page<Chat>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM chats WHERE session_id = ");
        query.push_bind(session.to_string());
        query.push(" AND last_message IS NOT NULL");
        if let Some(before) = &page.after {
            query.push(" AND last_message < ").push_bind(before.clone());
        }
        if let Some(search) = search {
            push_search(&mut query, search);
        }
        query
            .push(" ORDER BY last_message DESC LIMIT ")
            .push_bind(i64::from(page.limit) + 1);
        let read = async {
            let mut snapshot = self.readers.begin().await?;
            let rows = query.build().fetch_all(&mut *snapshot).await?;
            let mut ids = Vec::with_capacity(rows.len());
            for row in &rows {
                ids.push(parsed(row, "last_message", MessageId::parse)?);
            }
            let newest = messages::by_ids(&mut snapshot, &ids).await?;
            let mut newest: HashMap<_, _> = newest
                .into_iter()
                .map(|message| (message.id.clone(), message))
                .collect();
            let chats = rows.iter().zip(ids).map(|(row, id)| {
                let last_message = newest.remove(&id);
                let party = party(row, ["chat_id", "phone", "lid"])?;
                Ok(Chat {
                    is_group: party.id.is_group(),
                    party,
                    name: row.try_get("name")?,
                    last_message: last_message.ok_or_else(|| corrupt("last_message", id))?,
                })
            });
            let chats = chats.collect::<Result<_, sqlx::Error>>()?;
            Ok(Page::cut(chats, page.limit, |chat: &Chat| {
                chat.last_message.id.to_string()
            }))
        };
        read.await.map_err(StoreError::to("read chats"))
    }
}

fn push_search(query: &mut QueryBuilder<Sqlite>, search: &Search) {
    let part = pattern::containing(search.as_str());
    query.push(" AND (name GLOB ").push_bind(part.clone());
    query.push(" OR chat_id GLOB ").push_bind(part.clone());
    query.push(" OR lid || '@lid' GLOB ").push_bind(part);
    if let Some(digits) = search.digits() {
        let digits = pattern::containing(&digits);
        query.push(" OR phone GLOB ").push_bind(digits.clone());
        query.push(" OR lid GLOB ").push_bind(digits);
    }
    query.push(")");
}

/// The conversation as it is kept: with the phone number, where somebody is named by the LID alone and the number has
/// become known.
pub(super) async fn known(
    conn: &mut SqliteConnection,
    session: &SessionId,
    party_given: Party,
) -> Result<Party, sqlx::Error> {
    const BY_LID: &str = "SELECT * FROM chats WHERE session_id = ? AND lid = ? AND phone IS NOT NULL ORDER BY last_message DESC LIMIT 1";
    let ChatId::Lid(lid) = &party_given.id else {
        return Ok(party_given);
    };
    let row = sqlx::query(BY_LID)
        .bind(session.to_string())
        .bind(lid.as_str().to_owned())
        .fetch_optional(conn)
        .await?;
    match row {
        Some(row) => party(&row, ["chat_id", "phone", "lid"]),
        None => Ok(party_given),
    }
}

/// Completes whom a message is from and where it stands, before it is written.
pub(super) async fn complete(
    conn: &mut SqliteConnection,
    message: &mut Message,
) -> Result<(), sqlx::Error> {
    let chat = known(conn, &message.session_id, message.chat.clone()).await?;
    if message.sender.id == message.chat.id {
        message.sender = chat.clone();
    }
    message.chat = chat;
    Ok(())
}

/// After a message was written: its conversation has a newer one, and perhaps a name.
pub(super) async fn note(
    conn: &mut SqliteConnection,
    message: &Message,
) -> Result<(), sqlx::Error> {
    let session = &message.session_id;
    link(conn, session, &message.chat).await?;
    if message.sender != message.chat {
        link(conn, session, &message.sender).await?;
    }
    let is_person = matches!(message.chat.id, ChatId::Person(_) | ChatId::Lid(_));
    let shown = message.sender_name.as_deref();
    let name = shown.filter(|_| is_person && message.direction == Direction::In);
    put(
        conn,
        session,
        &message.chat,
        name,
        Some(message.id.as_str()),
    )
    .await
}

/// After a message that was written has turned out to stand in this conversation.
pub(super) async fn note_moved(
    conn: &mut SqliteConnection,
    session: &SessionId,
    id: &MessageId,
    [before, now]: [&Party; 2],
) -> Result<(), sqlx::Error> {
    const RECOUNT: &str = "UPDATE chats SET last_message = (SELECT MAX(id) FROM messages WHERE messages.session_id = chats.session_id AND messages.chat_id = chats.chat_id) \
         WHERE session_id = ? AND chat_id = ?";
    link(conn, session, now).await?;
    put(conn, session, now, None, Some(id.as_str())).await?;
    if before.id != now.id {
        let recount = sqlx::query(RECOUNT)
            .bind(session.to_string())
            .bind(before.id.to_string());
        recount.execute(conn).await?;
    }
    Ok(())
}

/// Once both names of a person are known, what stands under the LID alone moves to the number.
async fn link(
    conn: &mut SqliteConnection,
    session: &SessionId,
    party: &Party,
) -> Result<(), sqlx::Error> {
    const LEARN: &str =
        "UPDATE chats SET lid = ? WHERE session_id = ? AND chat_id = ? AND lid IS NULL";
    const TAKE: &str =
        "DELETE FROM chats WHERE session_id = ? AND chat_id = ? RETURNING name, last_message";
    let (id, Some(_), Some(lid)) = names(party) else {
        return Ok(());
    };
    let learn = sqlx::query(LEARN)
        .bind(lid.clone())
        .bind(session.to_string())
        .bind(id.clone());
    learn.execute(&mut *conn).await?;
    let by_lid = format!("{lid}@lid");
    let taken = sqlx::query(TAKE)
        .bind(session.to_string())
        .bind(by_lid.clone())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(taken) = taken else { return Ok(()) };
    move_messages(conn, session, &by_lid, party).await?;
    let name: Option<&str> = taken.try_get("name")?;
    let last: Option<&str> = taken.try_get("last_message")?;
    put(conn, session, party, name, last).await
}

/// A twin under the number stays where it is: it is the same message.
async fn move_messages(
    conn: &mut SqliteConnection,
    session: &SessionId,
    from: &str,
    to: &Party,
) -> Result<(), sqlx::Error> {
    const MOVE: &str = "UPDATE messages SET chat_id = ?, chat_phone = ? WHERE session_id = ? AND chat_id = ? \
         AND NOT EXISTS (SELECT 1 FROM messages AS twin WHERE twin.session_id = messages.session_id AND twin.chat_id = ? \
         AND twin.sender_id = messages.sender_id AND twin.wa_id = messages.wa_id)";
    let (id, phone, _) = names(to);
    let query = sqlx::query(MOVE)
        .bind(id.clone())
        .bind(phone)
        .bind(session.to_string())
        .bind(from.to_owned())
        .bind(id);
    query.execute(conn).await.map(drop)
}

/// Writes a conversation down; what is known of it already stays, where nothing newer is given.
async fn put(
    conn: &mut SqliteConnection,
    session: &SessionId,
    chat: &Party,
    name: Option<&str>,
    last: Option<&str>,
) -> Result<(), sqlx::Error> {
    const PUT: &str = "INSERT INTO chats (session_id, chat_id, phone, lid, name, last_message) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT (session_id, chat_id) DO UPDATE SET phone = COALESCE(excluded.phone, chats.phone), lid = COALESCE(excluded.lid, chats.lid), \
         name = COALESCE(excluded.name, chats.name), \
         last_message = CASE WHEN excluded.last_message < chats.last_message THEN chats.last_message ELSE COALESCE(excluded.last_message, chats.last_message) END";
    let (id, phone, lid) = names(chat);
    let query = sqlx::query(PUT)
        .bind(session.to_string())
        .bind(id)
        .bind(phone)
        .bind(lid)
        .bind(name.map(ToOwned::to_owned))
        .bind(last.map(ToOwned::to_owned));
    query.execute(conn).await.map(drop)
}

/// A group has the name that was told last, whether or not anybody has written there. Nothing happens when the session
/// has been deleted meanwhile.
pub(super) async fn note_event(
    conn: &mut SqliteConnection,
    event: &NewEvent,
) -> Result<(), sqlx::Error> {
    const NAME: &str = "INSERT INTO chats (session_id, chat_id, name) SELECT id, ?, ? FROM sessions WHERE id = ? \
         ON CONFLICT (session_id, chat_id) DO UPDATE SET name = COALESCE(excluded.name, chats.name)";
    let EventData::Fact(fact) = &event.data else {
        return Ok(());
    };
    let Fact::Group(change) = &**fact else {
        return Ok(());
    };
    let (GroupAspect::Created | GroupAspect::Subject, GroupValue::Text(name)) =
        (change.change, &change.value)
    else {
        return Ok(());
    };
    let query = sqlx::query(NAME)
        .bind(change.group_id.to_string())
        .bind(name.clone())
        .bind(event.session_id.to_string());
    query.execute(conn).await.map(drop)
}

/// The id under which the messages of a conversation are kept.
pub(super) async fn kept_as(
    conn: &mut SqliteConnection,
    session: &SessionId,
    chat: &ChatId,
) -> Result<ChatId, sqlx::Error> {
    let chat = known(conn, session, Party::from_id(chat.clone())).await?;
    Ok(chat.id)
}

#[cfg(test)]
pub(super) mod tests;

//! Messages: send one, look at one, cancel one, list those of a session and its chats.

pub(super) mod timeline;

use crate::actors::error::SessionError;
use crate::actors::handle::Session;
use crate::domain::chat::ChatId;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::message::Message;
use crate::domain::message::MessageFilter;
use crate::domain::message::MessageState;
use crate::domain::message::OutgoingText;
use crate::domain::search::Search;
use crate::domain::time::Timestamp;
use crate::http::Answer;
use crate::http::Context;
use crate::http::auth::Scope;
use crate::http::chats;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::idempotency::once;
use crate::http::input;
use crate::http::input::Authenticated;
use crate::http::input::Call;
use crate::http::json;
use crate::http::openapi::AnyChatId;
use crate::http::prefer::Wait;
use crate::http::query;
use serde::Deserialize;
use utoipa::ToSchema;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let read = input::call(context, Scope::Read);
    let may_send = input::call(context, Scope::Send);
    let list = warp::path!("api" / "sessions" / String / "messages")
        .and(warp::get())
        .and(read.clone())
        .then(list);
    let chats = warp::path!("api" / "sessions" / String / "chats")
        .and(warp::get())
        .and(read.clone())
        .then(chats::list);
    let send = warp::path!("api" / "messages" / "send")
        .and(warp::post())
        .and(may_send.clone())
        .then(|call| once(call, send));
    let show = warp::path!("api" / "messages" / String)
        .and(warp::get())
        .and(read.clone())
        .then(show);
    let timeline = warp::path!("api" / "messages" / String / "timeline")
        .and(warp::get())
        .and(read)
        .then(timeline::show);
    let cancel = warp::path!("api" / "messages" / String / "cancel")
        .and(warp::post())
        .and(may_send)
        .then(|id, call| once(call, move |call| cancel(id, call)));
    let of_session = list.or(chats).unify();
    let of_one = send
        .or(show)
        .unify()
        .or(timeline)
        .unify()
        .or(cancel)
        .unify();
    of_session.or(of_one).unify().boxed()
}

/// The body of `POST /api/messages/send`.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewMessage)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SendBody {
    /// The session that sends it.
    session_id: SessionId,
    /// To whom: a number or a chat id in any form.
    #[schema(value_type = AnyChatId)]
    to: ChatId,
    /// The text; not empty, and no longer than `limits.text_bytes`.
    #[schema(min_length = 1, pattern = r"\S")]
    text: String,
    /// When it is not worth sending any more; as `limits.message_ttl_secs` says if left out.
    expires_at: Option<Timestamp>,
}

/// `POST /api/messages/send`: 200 once WhatsApp's server has the message, 202 while it has not answered.
pub(super) async fn send(call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let limits = &call.api().limits;
    let wait = Wait::of(&call.headers, limits.send_wait, limits.send_wait_max)?;
    let text_bytes = limits.text_bytes;
    let body: SendBody = call.json().await?;
    check_text(&body.text, text_bytes)?;
    let message = if let Some(made) = &call.made {
        made_before(&call, made).await?
    } else {
        let text = OutgoingText {
            to: body.to,
            text: body.text,
            expires_at: body.expires_at,
        };
        let session = call.session(&body.session_id).await?;
        session
            .send_text(text, call.claim.clone(), wait.limit)
            .await?
    };
    let mut response = sent(&message);
    wait.mark(&mut response);
    Ok(response)
}

/// What the same request had accepted when the daemon ended.
async fn made_before(call: &Call, made: &str) -> Result<Message, ApiError> {
    let id =
        MessageId::parse(made).map_err(|error| ApiError::new(Code::Internal, error.to_string()))?;
    let (message, _) = call.api().sessions.message(&id).await?;
    Ok(SessionError::for_failed_message(message)?)
}

fn check_text(text: &str, limit: usize) -> Result<(), ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::field("text", "text is empty"));
    }
    if text.len() > limit {
        return Err(ApiError::field(
            "text",
            format!(
                "text is {} bytes long, the limit (limits.text_bytes) is {limit}",
                text.len()
            ),
        )
        .with("limit", limit));
    }
    Ok(())
}

/// A message that failed is an error, and does not come here.
fn sent(message: &Message) -> Response {
    let waits = matches!(
        message.state,
        Some(MessageState::Queued | MessageState::Sending | MessageState::Unknown)
    );
    json::with_status(
        message,
        if waits {
            StatusCode::ACCEPTED
        } else {
            StatusCode::OK
        },
    )
}

/// `GET /api/messages/{id}`
pub(super) async fn show(id: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let (message, _) = addressed(&id, &call).await?;
    Ok(json::ok(&message))
}

/// `POST /api/messages/{id}/cancel`: the message, failed as `cancelled`.
pub(super) async fn cancel(id: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let (message, session) = addressed(&id, &call).await?;
    Ok(json::ok(&session.cancel(&message.id).await?))
}

/// The message that a path names, if it exists for the caller.
async fn addressed(id: &str, call: &Call) -> Result<(Message, Session), ApiError> {
    let none = || {
        let what = format!("there is no message {}", json::shortened(id));
        ApiError::new(Code::MessageNotFound, what)
    };
    let id = MessageId::parse(id).map_err(|_| none())?;
    let (message, session) = call.api().sessions.message(&id).await?;
    if call.caller.may_see(&message.client_id) {
        Ok((message, session))
    } else {
        Err(SessionError::NoMessage(id).into())
    }
}

/// `GET /api/sessions/{id}/messages?chatId=&q=&state=&limit=&cursor=`: newest first.
pub(super) async fn list(id: String, call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let wanted = MessageFilter {
        chat: query.take("chatId", ChatId::parse)?,
        text: query.take("q", Search::parse)?,
        states: query.take("state", states)?.unwrap_or_default(),
    };
    let page = query.page(call.api().limits.page_max)?;
    query.finish()?;
    let session = call.session_at(&id).await?;
    Ok(json::ok(&query::with_opaque_cursor(
        session.messages(&wanted, page).await?,
    )))
}

/// Names of states with commas between them.
fn states(text: &str) -> Result<Vec<MessageState>, String> {
    let state = |name: &str| {
        let names = MessageState::ALL.map(MessageState::as_str).join(", ");
        MessageState::from_name(name)
            .ok_or_else(|| format!("{} is not one of {names}", json::shortened(name)))
    };
    text.split(',').map(state).collect()
}

#[cfg(test)]
mod tests;

//! Messages: send one, list those of a session.

use crate::domain::chat::ChatId;
use crate::domain::id::SessionId;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::OutgoingText;
use crate::http::Answer;
use crate::http::error::ApiError;
use crate::http::input::Authenticated;
use crate::http::json;
use crate::http::query;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

/// The body of `POST /api/messages/send`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SendBody {
    session_id: SessionId,
    to: ChatId,
    text: String,
}

/// `POST /api/messages/send`: 200 once WhatsApp's server has the message, 202 while it has not answered.
pub(super) async fn send(call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let body: SendBody = call.json().await?;
    check_text(&body.text, call.api().limits.text_bytes)?;
    let session = call.session(&body.session_id).await?;
    let message = session
        .send_text(OutgoingText {
            to: body.to,
            text: body.text,
        })
        .await?;
    Ok(sent(&message))
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

/// `GET /api/sessions/{id}/messages?limit=&cursor=`: newest first.
pub(super) async fn list(id: String, call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let page = query.page(call.api().limits.page_max)?;
    query.finish()?;
    let session = call.session_at(&id).await?;
    Ok(json::ok(&query::with_opaque_cursor(
        session.messages(page).await?,
    )))
}

#[cfg(test)]
mod tests;

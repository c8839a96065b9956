//! Sessions: create, list, look at, start, stop, log out, delete.

use crate::actors::handle::NewSession;
use crate::actors::handle::Session;
use crate::domain::chat::Lid;
use crate::domain::chat::Phone;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::linking::LinkFailure;
use crate::domain::linking::Linking;
use crate::domain::page::Page;
use crate::domain::session::Cause;
use crate::domain::session::Desired;
use crate::domain::session::Health;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use crate::http::Answer;
use crate::http::error::ApiError;
use crate::http::input;
use crate::http::input::Authenticated;
use crate::http::json;
use crate::http::query;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;
use warp::http::HeaderValue;
use warp::http::StatusCode;
use warp::http::header;
use warp::reply::Response;

/// The longest name of a session, in characters.
const NAME_CHARS: usize = 100;

/// A session as the API shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionBody {
    /// Its id.
    id: SessionId,
    /// The tenant.
    client_id: ClientId,
    /// The owner's name for it.
    name: Option<String>,
    state: SessionState,
    /// Why it is in its state, where there is a reason to name.
    cause: Option<Cause>,
    /// Since when it is in its state.
    since: Timestamp,
    /// What its owner wants; kept over restarts of the daemon.
    desired: Desired,
    /// The linked account's number; null before a phone is linked.
    phone: Option<Phone>,
    /// The account's LID, once known.
    lid: Option<Lid>,
    /// The name that WhatsApp shows to others.
    push_name: Option<String>,
    /// When the last message or receipt came or went.
    last_activity_at: Option<Timestamp>,
    /// Where linking a phone stands; null while none is being linked.
    linking: Option<Linking>,
    /// How the last attempt to link a phone failed, until the next one begins.
    link_failure: Option<LinkFailure>,
    #[serde(flatten)]
    health: Health,
    /// How often it was restarted after a crash, ever.
    restarts: u32,
    /// When it was made.
    created_at: Timestamp,
}

impl From<SessionView> for SessionBody {
    fn from(view: SessionView) -> Self {
        let record = view.record;
        let (phone, lid, push_name) = record.account.map_or((None, None, None), |account| {
            (Some(account.phone), account.lid, account.push_name)
        });
        Self {
            id: record.id,
            client_id: record.client_id,
            name: record.name,
            state: record.state,
            cause: record.cause,
            since: record.since,
            desired: record.desired,
            phone,
            lid,
            push_name,
            last_activity_at: record.last_activity,
            linking: view.linking,
            link_failure: view.link_failure,
            health: view.health,
            restarts: record.restarts,
            created_at: record.created_at,
        }
    }
}

/// The body of `POST /api/sessions`.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewSession)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CreateBody {
    /// The tenant whom the session belongs to.
    client_id: ClientId,
    /// Its id, unique in the daemon; one is made if left out.
    session_id: Option<SessionId>,
    /// A name for people.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x1f\x7f-\x9f]*$"
    )]
    name: Option<String>,
}

/// The answer of a deletion.
#[derive(Serialize, ToSchema)]
#[schema(as = DeletedSession)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deletion {
    /// The session that there was.
    id: SessionId,
    /// True.
    deleted: bool,
    /// Whether WhatsApp has confirmed that the device is unlinked.
    unlink_confirmed: bool,
}

/// The answer of a logout.
#[derive(Serialize, ToSchema)]
#[schema(as = LoggedOutSession)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoggedOut {
    #[serde(flatten)]
    session: SessionBody,
    /// Whether WhatsApp has confirmed that the device is unlinked.
    unlink_confirmed: bool,
}

/// `POST /api/sessions`: 201 with Location.
pub(super) async fn create(call: Authenticated) -> Answer {
    let mut call = call?;
    let body: CreateBody = call.json().await?;
    call.require_client(&body.client_id)?;
    let name = body.name.map(check_name).transpose()?;
    let view = if let Some(made) = &call.made {
        // The same request had made it when the daemon ended.
        call.session_at(made).await?.view()
    } else {
        let new = NewSession {
            client_id: body.client_id,
            id: body.session_id,
            name,
            claim: call.claim.clone(),
        };
        call.api().sessions.create(new).await?
    };
    input::note(&view.record.id, &view.record.client_id);
    let location = HeaderValue::from_str(&format!("/api/sessions/{}", view.record.id));
    let mut response = json::with_status(&SessionBody::from(view), StatusCode::CREATED);
    // A session id is made of characters that a header and a path both take.
    response
        .headers_mut()
        .extend(location.ok().map(|location| (header::LOCATION, location)));
    Ok(response)
}

fn check_name(name: String) -> Result<String, ApiError> {
    let valid = !name.trim().is_empty()
        && name.chars().count() <= NAME_CHARS
        && !name.contains(char::is_control);
    if valid {
        Ok(name)
    } else {
        Err(ApiError::field(
            "name",
            format!("name is not 1 to {NAME_CHARS} visible characters"),
        ))
    }
}

/// `GET /api/sessions?clientId=&limit=&cursor=`: a caller of one client sees that client's and no others.
pub(super) async fn list(call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let asked = query.take("clientId", ClientId::parse)?;
    let page = query.page(call.api().limits.page_max)?;
    query.finish()?;
    if asked
        .as_ref()
        .is_some_and(|client| !call.caller.may_see(client))
    {
        return Ok(json::ok(&Page::<SessionBody> {
            data: Vec::new(),
            next_cursor: None,
        }));
    }
    let client = asked.as_ref().or(call.caller.client.as_ref());
    let page = call.api().sessions.list(client, page).await?;
    Ok(json::ok(&query::with_opaque_cursor(
        page.map(SessionBody::from),
    )))
}

/// `GET /api/sessions/{id}`
pub(super) async fn show(id: String, call: Authenticated) -> Answer {
    let session = addressed(&id, call).await?;
    Ok(answer(session.view()))
}

/// `POST /api/sessions/{id}/start`
pub(super) async fn start(id: String, call: Authenticated) -> Answer {
    let session = addressed(&id, call).await?;
    Ok(answer(session.start().await?))
}

/// `POST /api/sessions/{id}/stop`
pub(super) async fn stop(id: String, call: Authenticated) -> Answer {
    let session = addressed(&id, call).await?;
    Ok(answer(session.stop().await?))
}

/// `POST /api/sessions/{id}/restart`
pub(super) async fn restart(id: String, call: Authenticated) -> Answer {
    let session = addressed(&id, call).await?;
    Ok(answer(session.restart().await?))
}

/// `POST /api/sessions/{id}/logout`: says if WhatsApp did not confirm the unlinking.
pub(super) async fn log_out(id: String, call: Authenticated) -> Answer {
    let session = addressed(&id, call).await?;
    let (view, unlinked) = session.log_out().await?;
    Ok(json::ok(&LoggedOut {
        session: view.into(),
        unlink_confirmed: unlinked.confirmed,
    }))
}

/// `DELETE /api/sessions/{id}`: says if WhatsApp did not confirm the unlinking.
pub(super) async fn delete(id: String, call: Authenticated) -> Answer {
    let session = addressed(&id, call).await?;
    let id = session.view().record.id;
    let unlinked = session.delete().await?;
    Ok(json::ok(&Deletion {
        id,
        deleted: true,
        unlink_confirmed: unlinked.confirmed,
    }))
}

/// The session that a request without parameters is about.
pub(super) async fn addressed(id: &str, call: Authenticated) -> Result<Session, ApiError> {
    let call = call?;
    call.query()?.finish()?;
    call.session_at(id).await
}

/// A session with 200.
pub(super) fn answer(view: SessionView) -> Response {
    json::ok(&SessionBody::from(view))
}

/// A session with 202: what was asked for goes on.
pub(super) fn accepted(view: SessionView) -> Response {
    json::with_status(&SessionBody::from(view), StatusCode::ACCEPTED)
}

#[cfg(test)]
mod tests;

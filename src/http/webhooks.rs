//! Webhooks: create, list, look at, change, delete; new secrets, tests, and what became of each event.
//!
//! URLs and headers may hold secrets, so reading takes the right to manage as well.

pub(super) mod bodies;
mod deliveries;
#[cfg(test)]
mod tests;

use crate::actors::webhooks::NewWebhook;
use crate::actors::webhooks::error::WebhookError;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::id::WebhookId;
use crate::domain::page::Page;
use crate::domain::webhook::EventFilter;
use crate::domain::webhook::Scope;
use crate::domain::webhook::WebhookChange;
use crate::domain::webhook::WebhookView;
use crate::http::Answer;
use crate::http::Context;
use crate::http::auth;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::idempotency::Unkept;
use crate::http::idempotency::once;
use crate::http::input;
use crate::http::input::Authenticated;
use crate::http::input::Call;
use crate::http::json;
use crate::http::query;
use bodies::ChangeBody;
use bodies::CreateBody;
use bodies::RotateBody;
use bodies::TestAnswer;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::HeaderValue;
use warp::http::StatusCode;
use warp::http::header;
use warp::reply::Response;

/// How long the secret before signs as well, when nobody says, in hours ...
const GRACE_HOURS: u64 = 24;
/// ... and how long it can at the most.
const GRACE_HOURS_MAX: u64 = 720;

/// All routes of webhooks.
pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    collection(context)
        .or(verbs(context))
        .unify()
        .or(deliveries::routes(context))
        .unify()
        .boxed()
}

fn collection(context: &Context) -> BoxedFilter<(Answer,)> {
    let manage = input::call(context, auth::Scope::Manage);
    let create = warp::path!("api" / "webhooks")
        .and(warp::post())
        .and(manage.clone())
        .then(|call| once(call, create));
    let list = warp::path!("api" / "webhooks")
        .and(warp::get())
        .and(manage.clone())
        .then(list);
    let show = warp::path!("api" / "webhooks" / String)
        .and(warp::get())
        .and(manage.clone())
        .then(show);
    let change = warp::path!("api" / "webhooks" / String)
        .and(warp::patch())
        .and(manage.clone())
        .then(change);
    let delete = warp::path!("api" / "webhooks" / String)
        .and(warp::delete())
        .and(manage)
        .then(delete);
    let one = show.or(change).unify().or(delete).unify();
    create.or(list).unify().or(one).unify().boxed()
}

fn verbs(context: &Context) -> BoxedFilter<(Answer,)> {
    let manage = input::call(context, auth::Scope::Manage);
    let rotate = warp::path!("api" / "webhooks" / String / "rotate-secret")
        .and(warp::post())
        .and(manage.clone())
        .then(|id, call| once(call, |call| rotate(id, call)));
    let test = warp::path!("api" / "webhooks" / String / "test")
        .and(warp::post())
        .and(manage)
        .then(|id, call| once(call, |call| test(id, call)));
    rotate.or(test).unify().boxed()
}

/// A webhook with its secret: the answer of its creation and of a new secret, and of nothing else.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
pub(super) struct WithSecret {
    #[serde(flatten)]
    view: WebhookView,
    /// The key that signs. It is shown this once.
    secret: String,
}

/// The answer of a deletion.
#[derive(Serialize, ToSchema)]
#[schema(as = DeletedWebhook)]
pub(super) struct Deletion {
    /// The webhook that there was.
    id: WebhookId,
    /// True.
    deleted: bool,
}

/// `POST /api/webhooks`: 201 with Location, and the secret.
async fn create(call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let body: CreateBody = call.json().await?;
    let webhooks = call.api().webhooks.clone();
    let (view, secret) = if let Some(made) = &call.made {
        // The same request has made it before.
        let id = addressed(made, &call).await?.webhook.id;
        webhooks.with_secret(&id).await?
    } else {
        let new = NewWebhook {
            scope: scope(&call, body.client_id, body.session_id).await?,
            events: body.events.unwrap_or_else(EventFilter::all),
            headers: bodies::headers(&body.headers.unwrap_or_default())?,
            url: body.url,
            secret: body.secret,
            enabled: body.enabled.unwrap_or(true),
            claim: call.claim.clone(),
        };
        webhooks.create(new).await?
    };
    let location = HeaderValue::from_str(&format!("/api/webhooks/{}", view.webhook.id));
    let mut response = json::with_status(&WithSecret { view, secret }, StatusCode::CREATED);
    // An id of ours is made of characters that a header and a path both take.
    let location = location.ok().map(|location| (header::LOCATION, location));
    response.headers_mut().extend(location);
    Ok(secretly(response))
}

/// Whose events: a session's, a client's, or everybody's. A caller of one client gets no more than that client's.
async fn scope(
    call: &Call,
    client: Option<ClientId>,
    session: Option<SessionId>,
) -> Result<Scope, ApiError> {
    let client = match (client, session) {
        (Some(_), Some(_)) => {
            let what = "clientId and sessionId are both there; a session has its client already";
            return Err(ApiError::field("clientId", what));
        }
        (None, Some(session_id)) => {
            let client_id = call.session(&session_id).await?.view().record.client_id;
            return Ok(Scope::Session {
                client_id,
                session_id,
            });
        }
        (Some(client), None) => Some(client),
        (None, None) => call.caller.client.clone(),
    };
    let Some(client_id) = client else {
        return Ok(Scope::All);
    };
    call.require_client(&client_id)?;
    Ok(Scope::Client { client_id })
}

/// `GET /api/webhooks?clientId=&sessionId=&limit=&cursor=`
async fn list(call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let client = query.take("clientId", ClientId::parse)?;
    let session = query.take("sessionId", SessionId::parse)?;
    let page = query.page(call.api().limits.page_max)?;
    query.finish()?;
    let foreign = |client: &ClientId| !call.caller.may_see(client);
    if client.as_ref().is_some_and(foreign) {
        return Ok(json::ok(&Page::<WebhookView> {
            data: Vec::new(),
            next_cursor: None,
        }));
    }
    let client = client.as_ref().or(call.caller.client.as_ref());
    let webhooks = &call.api().webhooks;
    let page = webhooks.list(client, session.as_ref(), &page).await?;
    Ok(json::ok(&query::with_opaque_cursor(page)))
}

/// `GET /api/webhooks/{id}`
async fn show(id: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    Ok(json::ok(&addressed(&id, &call).await?))
}

/// `PATCH /api/webhooks/{id}`: what is left out stays as it is.
async fn change(id: String, call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let id = addressed(&id, &call).await?.webhook.id;
    let body: ChangeBody = call.json().await?;
    let change = WebhookChange {
        url: body.url,
        events: body.events,
        headers: body.headers.as_ref().map(bodies::headers).transpose()?,
        enabled: body.enabled,
    };
    Ok(json::ok(&call.api().webhooks.change(&id, change).await?))
}

/// `DELETE /api/webhooks/{id}`
async fn delete(id: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let id = addressed(&id, &call).await?.webhook.id;
    call.api().webhooks.delete(&id).await?;
    Ok(json::ok(&Deletion { id, deleted: true }))
}

/// `POST /api/webhooks/{id}/rotate-secret`: both secrets sign for a while.
async fn rotate(id: String, call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let id = addressed(&id, &call).await?.webhook.id;
    let hours = if call.bytes().await?.is_empty() {
        GRACE_HOURS
    } else {
        let body: RotateBody = call.json().await?;
        body.grace_hours.unwrap_or(GRACE_HOURS)
    };
    if hours > GRACE_HOURS_MAX {
        let what = format!("graceHours is {hours}, and {GRACE_HOURS_MAX} at the most");
        return Err(ApiError::field("graceHours", what));
    }
    let webhooks = &call.api().webhooks;
    let (view, secret) = if call.made.is_some() {
        webhooks.with_secret(&id).await?
    } else {
        let grace = Duration::from_hours(hours);
        webhooks.rotate(&id, grace, call.claim.clone()).await?
    };
    Ok(secretly(json::ok(&WithSecret { view, secret })))
}

/// `POST /api/webhooks/{id}/test`: 200, however it went.
async fn test(id: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let id = addressed(&id, &call).await?.webhook.id;
    let attempt = call.api().webhooks.test(&id).await?;
    Ok(json::ok(&TestAnswer::from(attempt)))
}

/// The webhook that a path names, if it exists for the caller. What does not even parse cannot exist.
async fn addressed(segment: &str, call: &Call) -> Result<WebhookView, ApiError> {
    let text = percent_decode_str(segment).decode_utf8_lossy();
    let none = || WebhookError::NotFound(json::shortened(&text));
    let id = WebhookId::parse(&text).map_err(|_| none())?;
    let view = call.api().webhooks.find(&id).await;
    let view = view.map_err(|error| match error {
        WebhookError::NotFound(_) => none(),
        other => other,
    })?;
    if exists_for(&call.caller, &view.webhook.scope) {
        Ok(view)
    } else {
        Err(none().into())
    }
}

/// What is told of everybody's events exists for nobody who may not see all of them.
fn exists_for(caller: &Caller, scope: &Scope) -> bool {
    match scope.client() {
        Some(client) => caller.may_see(client),
        None => caller.client.is_none(),
    }
}

/// An answer that is nowhere kept.
fn secretly(mut response: Response) -> Response {
    response.extensions_mut().insert(Unkept);
    response
}

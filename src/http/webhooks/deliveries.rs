//! What became of each event that a webhook was to be told, and telling it again.

use super::addressed;
use super::bodies::DeliveryAnswer;
use super::bodies::Redelivered;
use crate::domain::id::EventId;
use crate::domain::webhook::DeliveryState;
use crate::http::Answer;
use crate::http::Context;
use crate::http::auth::Scope;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::idempotency::once;
use crate::http::input;
use crate::http::input::Authenticated;
use crate::http::json;
use crate::http::query;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;

pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let manage = input::call(context, Scope::Manage);
    let list = warp::path!("api" / "webhooks" / String / "deliveries")
        .and(warp::get())
        .and(manage.clone())
        .then(list);
    let show = warp::path!("api" / "webhooks" / String / "deliveries" / String)
        .and(warp::get())
        .and(manage.clone())
        .then(show);
    let one = warp::path!("api" / "webhooks" / String / "deliveries" / String / "redeliver")
        .and(warp::post())
        .and(manage.clone())
        .then(|id, event, call| once(call, |call| redeliver(id, event, call)));
    let all = warp::path!("api" / "webhooks" / String / "redeliver")
        .and(warp::post())
        .and(manage)
        .then(|id, call| once(call, |call| redeliver_failed(id, call)));
    let verbs = one.or(all).unify();
    list.or(show).unify().or(verbs).unify().boxed()
}

/// `GET /api/webhooks/{id}/deliveries?state=&limit=&cursor=`: newest first.
async fn list(id: String, call: Authenticated) -> Answer {
    let call = call?;
    let id = addressed(&id, &call).await?.webhook.id;
    let mut query = call.query()?;
    let state = query.take("state", |text| {
        DeliveryState::from_name(text).ok_or("use pending, delivered or failed")
    })?;
    let page = query.page(call.api().limits.page_max)?;
    query.finish()?;
    let page = call.api().webhooks.deliveries(&id, state, &page).await?;
    Ok(json::ok(&query::with_opaque_cursor(page)))
}

/// `GET /api/webhooks/{id}/deliveries/{eventId}`
async fn show(id: String, event: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let id = addressed(&id, &call).await?.webhook.id;
    let view = call.api().webhooks.delivery(&id, &parse(&event)?).await?;
    Ok(json::ok(&DeliveryAnswer::from(view)))
}

/// `POST /api/webhooks/{id}/deliveries/{eventId}/redeliver`: 202, the attempt follows.
async fn redeliver(id: String, event: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let id = addressed(&id, &call).await?.webhook.id;
    let view = call.api().webhooks.redeliver(&id, &parse(&event)?).await?;
    let answer = DeliveryAnswer::from(view);
    Ok(json::with_status(&answer, StatusCode::ACCEPTED))
}

/// `POST /api/webhooks/{id}/redeliver`: 202 with how many; the attempts follow.
async fn redeliver_failed(id: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let id = addressed(&id, &call).await?.webhook.id;
    let redelivered = call.api().webhooks.redeliver_failed(&id).await?;
    let answer = Redelivered { redelivered };
    Ok(json::with_status(&answer, StatusCode::ACCEPTED))
}

/// What does not even parse cannot be the id of an event.
fn parse(segment: &str) -> Result<EventId, ApiError> {
    EventId::parse(segment).map_err(|_| {
        let what = format!("there is no delivery of {}", json::shortened(segment));
        ApiError::new(Code::DeliveryNotFound, what)
    })
}

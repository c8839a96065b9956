//! Figures for an overview: how sessions, messages and webhooks do, now and over a period.

use crate::domain::id::ClientId;
use crate::domain::message::MessageState;
use crate::domain::stats::BUCKET_MAX;
use crate::domain::stats::BUCKET_MIN;
use crate::domain::stats::Bucket;
use crate::domain::stats::Figures;
use crate::domain::stats::Latencies;
use crate::domain::stats::Period;
use crate::domain::stats::PeriodError;
use crate::domain::stats::Traffic;
use crate::domain::time::Timestamp;
use crate::domain::webhook::WebhookCounts;
use crate::http::Answer;
use crate::http::error::ApiError;
use crate::http::health::Counts;
use crate::http::input::Authenticated;
use crate::http::json;
use crate::http::query::Query;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a period is when only one of its ends is named, or none.
const PERIOD_DEFAULT: Duration = Duration::from_hours(24);
/// How long a bucket is when nobody says.
const BUCKET_DEFAULT: Duration = Duration::from_hours(1);

/// The answer of `GET /api/stats`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    /// Where the period begins.
    from: Timestamp,
    /// Where it ends.
    to: Timestamp,
    /// How long a bucket of `series` is.
    bucket_seconds: u64,
    /// Whose figures; null for everybody.
    client_id: Option<ClientId>,
    /// The sessions now.
    sessions: Counts,
    /// How many messages are queued or sending now.
    queue_depth: u64,
    /// The messages of the period.
    messages: Messages,
    /// How long those took that were sent by this daemon.
    latency: Latency,
    /// How much of the time sessions were connected.
    connected: Connected,
    /// The webhooks now.
    webhooks: WebhookCounts,
    /// The same, bucket by bucket.
    series: Vec<Point>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MessageCounts)]
#[serde(rename_all = "camelCase")]
struct Messages {
    /// How many came in.
    r#in: u64,
    /// How many went out.
    out: u64,
    /// Those that went out, by the state in which they are now.
    by_state: BTreeMap<&'static str, u64>,
}

#[derive(Serialize, ToSchema)]
struct Latency {
    /// Until WhatsApp had them.
    sent: Spread,
    /// Until they were on a recipient's device.
    delivered: Spread,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Spread {
    /// How many.
    count: u64,
    /// The median, in milliseconds; null without any.
    p50_ms: Option<u64>,
    /// 95 of 100 took no longer.
    p95_ms: Option<u64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ConnectedShare)]
struct Connected {
    /// From 0 to 1; null where no session was wanted running.
    share: Option<f64>,
}

/// One bucket.
#[derive(Serialize, ToSchema)]
#[schema(as = StatsBucket)]
#[serde(rename_all = "camelCase")]
struct Point {
    /// Where it begins.
    at: Timestamp,
    /// How many came in.
    r#in: u64,
    /// What went out.
    out: Fates,
    /// The median time until delivery, in milliseconds.
    delivered_p50_ms: Option<u64>,
    /// 95 of 100 took no longer.
    delivered_p95_ms: Option<u64>,
    /// How much of the time sessions were connected.
    connected_share: Option<f64>,
}

/// What went out, by what became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageFates)]
struct Fates {
    /// Queued or sending.
    waiting: u64,
    sent: u64,
    delivered: u64,
    /// Read or played.
    read: u64,
    failed: u64,
    unknown: u64,
}

/// `GET /api/stats?from=&to=&bucketSeconds=&clientId=`: a caller of one client gets that client's figures.
pub(super) async fn show(call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let asked = query.take("clientId", ClientId::parse)?;
    let period = period(&mut query, call.api().clock.now().into())?;
    query.finish()?;
    if let Some(client) = &asked {
        call.require_client(client)?;
    }
    let client = call.caller.client.clone().or(asked);
    let (api, client) = (call.api(), client.as_ref());
    let figures = api.sessions.figures(client, &period).await?;
    let total = figures.total(&period);
    Ok(json::ok(&Stats {
        from: period.from(),
        to: period.to(),
        bucket_seconds: period.bucket().as_secs(),
        client_id: client.cloned(),
        sessions: Counts::of(api.sessions.counts(client).await?),
        queue_depth: figures.queue_depth,
        messages: messages(&total.traffic),
        latency: Latency {
            sent: spread(&total.sent),
            delivered: spread(&total.delivered),
        },
        connected: Connected {
            share: figures.connected.share(),
        },
        webhooks: api.webhooks.counts(client).await?,
        series: series(&figures),
    }))
}

fn period(query: &mut Query, now: Timestamp) -> Result<Period, ApiError> {
    let (from, to) = (
        query.take("from", Timestamp::parse)?,
        query.take("to", Timestamp::parse)?,
    );
    let (min, max) = (BUCKET_MIN.as_secs(), BUCKET_MAX.as_secs());
    let bucket = query.number("bucketSeconds", min, max)?;
    let bucket = bucket.map_or(BUCKET_DEFAULT, Duration::from_secs);
    let to = to.unwrap_or(now);
    let from = from.unwrap_or_else(|| to.minus(PERIOD_DEFAULT));
    Period::new(from, to, bucket).map_err(|error| {
        let parameter = match error {
            PeriodError::Empty => "from",
            PeriodError::TooManyBuckets => "bucketSeconds",
        };
        ApiError::parameter(parameter, format!("`{parameter}` is wrong: {error}"))
    })
}

fn messages(traffic: &Traffic) -> Messages {
    let states = MessageState::ALL.map(|state| (state.as_str(), traffic.sum(&[state])));
    Messages {
        r#in: traffic.incoming,
        out: traffic.sum(&MessageState::ALL),
        by_state: states.into(),
    }
}

fn spread(latencies: &Latencies) -> Spread {
    Spread {
        count: latencies.count(),
        p50_ms: latencies.percentile(50),
        p95_ms: latencies.percentile(95),
    }
}

fn series(figures: &Figures) -> Vec<Point> {
    let buckets = figures.buckets.iter().zip(figures.connected.shares());
    buckets
        .map(|(bucket, share)| point(bucket, share))
        .collect()
}

fn point(bucket: &Bucket, connected_share: Option<f64>) -> Point {
    use MessageState::{Delivered, Failed, Played, Queued, Read, Sending, Sent, Unknown};
    let traffic = &bucket.traffic;
    Point {
        at: bucket.at,
        r#in: traffic.incoming,
        out: Fates {
            waiting: traffic.sum(&[Queued, Sending]),
            sent: traffic.sum(&[Sent]),
            delivered: traffic.sum(&[Delivered]),
            read: traffic.sum(&[Read, Played]),
            failed: traffic.sum(&[Failed]),
            unknown: traffic.sum(&[Unknown]),
        },
        delivered_p50_ms: bucket.delivered.percentile(50),
        delivered_p95_ms: bucket.delivered.percentile(95),
        connected_share,
    }
}

#[cfg(test)]
mod tests;

//! What a handler gets: the caller, and the parts of the request that it may read, each within its bounds.
//!
//! Nothing is read from the connection before path, method and key are right.

use crate::actors::handle::Session;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::idempotency::Claim;
use crate::http::Api;
use crate::http::Context;
use crate::http::auth::Caller;
use crate::http::auth::Scope;
use crate::http::auth::Scopes;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::json;
use crate::http::link_turns::LinkTurns;
use crate::http::query::Query;
use crate::http::streams::Streams;
use crate::http::tickets::Tickets;
use crate::telemetry::trace::TraceParent;
use bytes::Buf;
use bytes::Bytes;
use futures::Stream;
use futures::StreamExt;
use futures::TryStreamExt;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::pin::Pin;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::Span;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::filters::path::FullPath;
use warp::http::HeaderMap;
use warp::http::header;

/// How much of a body that is too large is still read and thrown away: a client that is still writing would
/// otherwise see a broken connection in place of the answer.
const DRAIN_BYTES: usize = 8 * 1024 * 1024;

type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send + Sync>>;

/// A request whose path, method and key are right.
pub(super) struct Call {
    /// Who made it.
    pub caller: Caller,
    /// Its headers.
    pub headers: HeaderMap,
    /// The path, as it came.
    pub path: String,
    /// Names the request, where it carries an `Idempotency-Key`.
    pub claim: Option<Claim>,
    /// What the same request has made before, if it was left without an answer.
    pub made: Option<String>,
    trace: Option<TraceParent>,
    context: Context,
    query: String,
    body: BodyStream,
    bytes: Option<Vec<u8>>,
}

/// The call, or the refusal of its key. A handler cannot get at the first without answering the second.
pub(super) type Authenticated = Result<Call, ApiError>;

/// The query parameter that stands for a key.
pub(super) const TICKET: &str = "ticket";

/// The last filter of a route: the key must have the scope.
pub(super) fn call(context: &Context, scope: Scope) -> BoxedFilter<(Authenticated,)> {
    made_by(context, move |context, headers, _| {
        let caller = context.api.keys.caller(headers)?;
        caller.require(scope)?;
        Ok(caller)
    })
}

/// The same for what every key opens.
pub(super) fn call_of_anyone(context: &Context) -> BoxedFilter<(Authenticated,)> {
    made_by(context, |context, headers, _| {
        context.api.keys.caller(headers)
    })
}

/// The same for what a token in the path opens: the caller is nobody, and the handler looks at the token.
pub(super) fn call_without_key(context: &Context) -> BoxedFilter<(Call,)> {
    made_by(context, |_, _, _| {
        Ok(Caller {
            scopes: Scopes::default(),
            client: None,
        })
    })
    .and_then(|call: Authenticated| async { call.map_err(|_| warp::reject::not_found()) })
    .boxed()
}

/// The same for what only reads, and is asked by browsers, which cannot send a key with it: a ticket will do.
pub(super) fn call_with_ticket(context: &Context) -> BoxedFilter<(Authenticated,)> {
    made_by(context, |context, headers, query| {
        let ticket = Query::parse(query)?.take(TICKET, |text| Ok::<_, Infallible>(text.to_owned()));
        let caller = match ticket? {
            Some(ticket) => context.tickets.redeem(&ticket)?,
            None => context.api.keys.caller(headers)?,
        };
        caller.require(Scope::Read)?;
        Ok(caller)
    })
}

fn made_by(
    context: &Context,
    who: impl Fn(&Context, &HeaderMap, &str) -> Result<Caller, ApiError> + Clone + Send + Sync + 'static,
) -> BoxedFilter<(Authenticated,)> {
    let context = context.clone();
    let query = warp::query::raw().or_else(|_| async { Ok::<_, Infallible>((String::new(),)) });
    warp::header::headers_cloned()
        .and(warp::path::full())
        .and(query)
        .and(warp::ext::optional::<TraceParent>())
        .and(warp::body::stream())
        .map(
            move |headers: HeaderMap, path: FullPath, query: String, trace, body| {
                let caller = who(&context, &headers, &query)?;
                Ok(Call {
                    caller,
                    headers,
                    path: path.as_str().to_owned(),
                    claim: None,
                    made: None,
                    trace,
                    context: context.clone(),
                    query,
                    body: boxed(body),
                    bytes: None,
                })
            },
        )
        .boxed()
}

fn boxed(
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + Sync + 'static,
) -> BodyStream {
    Box::pin(body.map_ok(|mut part| part.copy_to_bytes(part.remaining())))
}

impl Call {
    /// The sessions, the limits and the rest.
    pub(super) fn api(&self) -> &Api {
        &self.context.api
    }

    /// Tickets for streams.
    pub(super) fn tickets(&self) -> &Tickets {
        &self.context.tickets
    }

    /// How much pairing links have asked for.
    pub(super) fn link_turns(&self) -> &LinkTurns {
        &self.context.link_turns
    }

    /// The streams that are open.
    pub(super) fn streams(&self) -> &Streams {
        &self.context.streams
    }

    /// Ends when the daemon stops; long waits watch it.
    pub(super) fn stop(&self) -> &CancellationToken {
        &self.context.stop
    }

    /// The query parameters.
    pub(super) fn query(&self) -> Result<Query, ApiError> {
        Query::parse(&self.query)
    }

    /// The session that a path names. What does not even parse cannot exist, so it is 404 as well.
    pub(super) async fn session_at(&self, segment: &str) -> Result<Session, ApiError> {
        let text = percent_decode_str(segment).decode_utf8_lossy();
        let id =
            SessionId::parse(&text).map_err(|_| ApiError::no_session(&json::shortened(&text)))?;
        self.session(&id).await
    }

    /// The session of that id, if it exists for the caller.
    pub(super) async fn session(&self, id: &SessionId) -> Result<Session, ApiError> {
        let session = self.api().sessions.find(id).await?;
        let client = session.view().record.client_id;
        if self.caller.may_see(&client) {
            note(id, &client);
            Ok(session.within(self.trace.clone()))
        } else {
            Err(ApiError::no_session(id.as_str()))
        }
    }

    /// Refuses a client that is not the caller's.
    pub(super) fn require_client(&self, client: &ClientId) -> Result<(), ApiError> {
        if self.caller.may_see(client) {
            return Ok(());
        }
        Err(ApiError::new(
            Code::Forbidden,
            format!("this key does not belong to the client {client}"),
        )
        .with("field", "clientId"))
    }

    /// The query as it came.
    pub(super) fn raw_query(&self) -> &str {
        &self.query
    }

    /// The body as a JSON object of that shape.
    pub(super) async fn json<T: DeserializeOwned>(&mut self) -> Result<T, ApiError> {
        json::check_type(&self.headers)?;
        json::parse(self.bytes().await?)
    }

    /// The body, read once.
    pub(super) async fn bytes(&mut self) -> Result<&[u8], ApiError> {
        if self.bytes.is_none() {
            self.bytes = Some(self.read_in_time().await?);
        }
        Ok(self.bytes.as_deref().unwrap_or_default())
    }

    async fn read_in_time(&mut self) -> Result<Vec<u8>, ApiError> {
        let limit = self.context.body_timeout;
        let slow = |_| {
            ApiError::new(
                Code::BodyTimeout,
                format!("the body took longer than {limit:?}"),
            )
            .with("seconds", limit.as_secs())
        };
        timeout(limit, self.read_body()).await.map_err(slow)?
    }

    /// The body, counted as it comes: a chunked one has no length to trust, and a declared one may lie.
    async fn read_body(&mut self) -> Result<Vec<u8>, ApiError> {
        let limit = usize::try_from(self.api().limits.body_bytes).unwrap_or(usize::MAX);
        let declared = self
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let drain_limit = limit.saturating_add(DRAIN_BYTES);
        if declared.is_some_and(|length| length > drain_limit) {
            return Err(too_large(limit));
        }
        let mut bytes = Vec::with_capacity(declared.unwrap_or_default().min(limit));
        let mut count = 0_usize;
        while let Some(part) = self.body.next().await {
            let part = part.map_err(|error| {
                ApiError::new(Code::BodyUnreadable, format!("the body broke off: {error}"))
            })?;
            count = count.saturating_add(part.len());
            if count <= limit {
                bytes.extend_from_slice(&part);
            } else if count > drain_limit {
                break;
            }
        }
        if count > limit {
            Err(too_large(limit))
        } else {
            Ok(bytes)
        }
    }
}

fn too_large(limit: usize) -> ApiError {
    ApiError::new(
        Code::BodyTooLarge,
        format!("the body is longer than {limit} bytes"),
    )
    .with("limit", limit)
}

/// Says on the lines of the request which session and client it is of.
pub(super) fn note(session: &SessionId, client: &ClientId) {
    let span = Span::current();
    span.record("session", session.as_str());
    span.record("client", client.as_str());
}

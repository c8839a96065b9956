//! Tickets: what opens one stream in place of a key, for browsers, whose streams cannot carry headers.
//!
//! A ticket may stand in a URL because it is worth little: good for seconds, for one use, for reading alone. It is kept
//! in memory, as a digest.

use crate::clock::Clock;
use crate::domain::id::ClientId;
use crate::domain::time::Timestamp;
use crate::http::Answer;
use crate::http::auth::Caller;
use crate::http::auth::Scope;
use crate::http::auth::Scopes;
use crate::http::auth::refused;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::input::Authenticated;
use crate::http::json;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use utoipa::ToSchema;
use warp::http::StatusCode;

type TicketHash = [u8; 32];

/// The tickets that are good and unused. A clone is the same set.
#[derive(Clone)]
pub(super) struct Tickets {
    clock: Clock,
    max: usize,
    good: Arc<Mutex<HashMap<TicketHash, Ticket>>>,
}

struct Ticket {
    client: Option<ClientId>,
    expires_at: Timestamp,
}

/// The body of `POST /api/tickets`.
#[derive(Deserialize, ToSchema)]
#[schema(as = TicketRequest)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct TicketBody {
    /// How long it is good, in seconds; as long as `events.ticket_secs` allows if left out.
    #[serde(default, deserialize_with = "json::whole")]
    ttl_secs: Option<u64>,
}

/// A new ticket, shown this once.
#[derive(Serialize, ToSchema)]
#[schema(as = Ticket)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewTicket {
    /// The text that opens a stream.
    pub ticket: String,
    /// When it stops to be good.
    pub expires_at: Timestamp,
}

impl Tickets {
    /// None yet, and never more than `max`.
    pub(super) fn new(clock: Clock, max: usize) -> Self {
        Self {
            clock,
            max,
            good: Arc::default(),
        }
    }

    /// A ticket that shows what this client's sessions do, or all.
    pub(super) fn issue(
        &self,
        client: Option<ClientId>,
        ttl: Duration,
    ) -> Result<NewTicket, ApiError> {
        let now = Timestamp::from(self.clock.now());
        let mut good = self.good();
        good.retain(|_, ticket| ticket.expires_at > now);
        if good.len() >= self.max {
            let first = good.values().map(|ticket| ticket.expires_at).min();
            let what = format!("{} tickets are good and unused", self.max);
            return Err(ApiError::new(Code::TooManyTickets, what)
                .with("limit", self.max)
                .retry_after(first.map_or(ttl, |first| first.since(now))));
        }
        let bits: [u8; 32] = rand::random();
        let ticket = format!("tkt_{}", URL_SAFE_NO_PAD.encode(bits));
        let expires_at = now.plus(ttl);
        good.insert(hash(&ticket), Ticket { client, expires_at });
        Ok(NewTicket { ticket, expires_at })
    }

    /// Uses a ticket up, and says whose it was.
    pub(super) fn redeem(&self, ticket: &str) -> Result<Caller, ApiError> {
        let now = Timestamp::from(self.clock.now());
        let used = self.good().remove(&hash(ticket));
        let used = used.filter(|ticket| ticket.expires_at > now);
        let used = used.ok_or_else(|| {
            refused(
                Code::InvalidTicket,
                "the ticket was used, is too old or never was one",
            )
        })?;
        Ok(Caller {
            scopes: Scopes::of(&[Scope::Read]),
            client: used.client,
        })
    }

    fn good(&self) -> MutexGuard<'_, HashMap<TicketHash, Ticket>> {
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(ticket: &str) -> TicketHash {
    Sha256::digest(ticket.as_bytes()).into()
}

/// `POST /api/tickets`
pub(super) async fn create(call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let longest = call.api().limits.streams.ticket;
    let body: TicketBody = call.json().await?;
    let ttl = body.ttl_secs.map_or(longest, Duration::from_secs);
    if ttl.is_zero() || ttl > longest {
        let limit = longest.as_secs();
        let what = format!("ttlSecs is not a whole number from 1 to {limit} (events.ticket_secs)");
        return Err(ApiError::field("ttlSecs", what).with("limit", limit));
    }
    let ticket = call.tickets().issue(call.caller.client.clone(), ttl)?;
    Ok(json::with_status(&ticket, StatusCode::CREATED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::TestClock;

    const TTL: Duration = Duration::from_secs(30);

    fn tickets(max: usize) -> (TestClock, Tickets) {
        let hand = TestClock::at("2026-11-24T03:00:00Z".parse().unwrap());
        let tickets = Tickets::new(hand.clock(), max);
        (hand, tickets)
    }

    #[test]
    fn a_ticket_opens_once_and_only_what_may_be_read() {
        let (_, tickets) = tickets(9);
        let ticket = tickets.issue(None, TTL).unwrap().ticket;
        let caller = tickets.redeem(&ticket).unwrap();
        assert!(caller.require(Scope::Read).is_ok());
        for scope in [Scope::Send, Scope::Manage, Scope::Admin] {
            assert!(caller.require(scope).is_err());
        }
        for bad in [ticket.as_str(), "", "tkt_", "tkt_AAAA"] {
            let error = tickets.redeem(bad).map(drop).unwrap_err();
            assert_eq!(error.code(), "invalid_ticket", "{bad}");
        }
    }

    #[test]
    fn a_ticket_of_a_client_shows_that_client_alone() {
        let (_, tickets) = tickets(9);
        let [own, other] = ["own", "other"].map(|id| ClientId::parse(id).unwrap());
        let ticket = tickets.issue(Some(own.clone()), TTL).unwrap().ticket;
        let caller = tickets.redeem(&ticket).unwrap();
        assert!(caller.may_see(&own) && !caller.may_see(&other));
    }

    #[test]
    fn a_ticket_is_good_until_it_expires() {
        let (hand, tickets) = tickets(9);
        let [early, late] = [(); 2].map(|()| tickets.issue(None, TTL).unwrap());
        assert_eq!(early.expires_at.to_string(), "2026-11-24T03:00:30.000Z");
        hand.advance(Duration::from_millis(29_999));
        assert!(tickets.redeem(&early.ticket).is_ok());
        hand.advance(Duration::from_millis(1));
        assert!(tickets.redeem(&late.ticket).is_err());
    }

    #[test]
    fn no_more_tickets_are_good_than_allowed_and_there_is_room_again_later() {
        let (hand, tickets) = tickets(2);
        let first = tickets.issue(None, TTL).unwrap().ticket;
        hand.advance(Duration::from_secs(10));
        tickets.issue(None, TTL).unwrap();
        let full = || tickets.issue(None, TTL).map(drop).unwrap_err();
        assert_eq!(full().code(), "too_many_tickets");
        let answer = warp::Reply::into_response(full());
        assert_eq!(answer.headers()["retry-after"], "20");
        tickets.redeem(&first).unwrap();
        tickets.issue(None, TTL).unwrap();
        full();
        hand.advance(TTL);
        tickets.issue(None, TTL).unwrap();
    }

    #[test]
    fn tickets_are_unlike_each_other_and_long() {
        let (_, tickets) = tickets(9);
        let [one, two] = [(); 2].map(|()| tickets.issue(None, TTL).unwrap().ticket);
        assert_ne!(one, two);
        assert_eq!(one.len(), "tkt_".len() + 43);
    }
}

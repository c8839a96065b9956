//! Events: the log, the streams, tickets; and what a webhook's receiver is sent.

use super::examples;
use super::operation::Operation;
use super::operation::content;
use super::operation::get;
use super::operation::plain;
use super::operation::post;
use super::schemas::Schemas;
use super::schemas::limit;
use super::schemas::one_of;
use super::schemas::page_of;
use super::schemas::texts;
use super::schemas::whole;
use crate::domain::event::EventType;
use crate::domain::event::MessageStep;
use crate::domain::event::QrFact;
use crate::domain::event::SessionFact;
use crate::domain::event::UnstableFact;
use crate::domain::fact;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::domain::message::Message;
use crate::domain::time::Timestamp;
use crate::http::Limits;
use crate::http::auth::Scope;
use crate::http::error::Code;
use crate::http::tickets::NewTicket;
use crate::http::tickets::TicketBody;
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa::openapi::AllOfBuilder;
use utoipa::openapi::Discriminator;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::OneOfBuilder;
use utoipa::openapi::Ref;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

pub(super) const TAG: &str = "events";

/// The name of the schema of all events.
pub(super) const EVENT: &str = "Event";

pub(super) fn operations(limits: &Limits) -> Vec<Operation> {
    let stream = filtered(get(
        "/api/events/stream",
        "streamEvents",
        "Follow what happens, as server-sent events",
    ))
    .needs(Scope::Read)
    .or_ticket()
    .about("`id:` is the event's id, `event:` its type, `data:` the event.")
    .query::<EventId>(
        "after",
        "What follows this event; what happens next if left out.",
    )
    .query_like("ticket", texts(), "Stands for a key.")
    .header(
        "Last-Event-ID",
        texts()
            .pattern(Some("^evt_[0-9A-Za-z]{26}$"))
            .examples(["evt_01KAT000000000000000000000"]),
        "As `after`, which it overrules.",
    )
    .answers_with(
        200,
        "A stream without an end.",
        "text/event-stream",
        plain(frame()),
    )
    .fails(&[
        Code::InvalidHeader,
        Code::TooManyStreams,
        Code::StorageFailed,
        Code::Unavailable,
    ]);
    let socket = filtered(get(
        "/api/events/ws",
        "openEventSocket",
        "Follow what happens, over a WebSocket",
    ))
    .needs(Scope::Read)
    .or_ticket()
    .about("Each text message is one event.")
    .query::<EventId>(
        "after",
        "What follows this event; what happens next if left out.",
    )
    .query_like("ticket", texts(), "Stands for a key.")
    .answers_bare(101, "It is open.")
    .fails(&[
        Code::UpgradeRequired,
        Code::TooManyStreams,
        Code::StorageFailed,
        Code::Unavailable,
    ]);
    vec![list(limits), stream, socket, ticket(limits)]
}

fn list(limits: &Limits) -> Operation {
    let mut listing = filtered(get(
        "/api/events",
        "listEvents",
        "Read the log of events, oldest first",
    ))
    .needs(Scope::Read)
    .about(
        "Go on with `after` and `nextCursor`, the id of the last event; with \
                `order=desc` with `before`.",
    )
    .query_like("order", one_of(["asc", "desc"]), "Oldest or newest first.")
    .query::<EventId>("after", "What follows this event; not with `order=desc`.")
    .query::<EventId>(
        "before",
        "What comes before this event; with `order=desc` alone.",
    )
    .query_like("limit", limit(limits.page_max), "How many at the most.")
    .fails(&[Code::StorageFailed]);
    let event = event(&mut listing.schemas);
    let page = page_of(event).property("gap", gap());
    let example = json!({"data": [examples::event()], "nextCursor": null});
    listing.answers_with(
        200,
        "The events. `gap` is there when some after `after` are not kept any more.",
        super::operation::JSON,
        content(page, example),
    )
}

fn ticket(limits: &Limits) -> Operation {
    let seconds = limits.streams.ticket.as_secs();
    let about = format!(
        "For browsers, which cannot send a key with a stream. A ticket is good \
                for {seconds} seconds at the most, and for one use."
    );
    post("/api/tickets", "createTicket", "Get a ticket that opens one stream")
        .needs(Scope::Read)
        .about(&about)
        .strict()
        .body::<TicketBody>(json!({"ttlSecs": 10}))
    .bound::<TicketBody>("ttlSecs", 1, seconds)
        .answers::<NewTicket>(201, "The ticket, shown this once.", json!({
            "ticket": "tkt_0B2fVsBQIhrscChlQIMVb5sSYspob7oD0B2fVsBQIhr", "expiresAt": "2026-11-24T03:22:03.007Z",
        }))
        .fails(&[Code::TooManyTickets])
}

fn filtered(operation: Operation) -> Operation {
    let noun = |kind: &EventType| kind.as_str().split_once('.').map(|(noun, _)| noun);
    let nouns: BTreeSet<&str> = EventType::ALL.iter().filter_map(noun).collect();
    let nouns = nouns.iter().map(|noun| format!("{noun}\\.\\*"));
    let types = EventType::ALL
        .iter()
        .map(|kind| kind.as_str().replace('.', "\\."));
    let one = nouns.chain(types).collect::<Vec<_>>().join("|");
    let pattern = texts().pattern(Some(format!("^({one})(,({one}))*$")));
    operation
        .query::<SessionId>(
            "sessionId",
            "One session's; nothing for one that is not there.",
        )
        .query::<ClientId>("clientId", "One client's.")
        .query_like(
            "type",
            pattern.examples(["message.*"]),
            "Types or `noun.*`, with commas between them.",
        )
}

/// One of the frames of a stream.
fn frame() -> ObjectBuilder {
    let types = EventType::ALL.iter().map(|kind| kind.as_str());
    let data = texts()
        .content_media_type(super::operation::JSON)
        .content_schema(Some(Ref::from_schema_name(EVENT)));
    ObjectBuilder::new()
        .property("id", Ref::from_schema_name(EventId::name()))
        .property("event", one_of(types.chain(["gap", "end"])))
        .property("data", data)
        .required("event")
        .required("data")
}

fn gap() -> ObjectBuilder {
    ObjectBuilder::new()
        .property("type", one_of(["stream.gap"]))
        .property(
            "after",
            texts().description(Some("The last event that was seen.")),
        )
        .property(
            "removedUntil",
            texts().description(Some("The newest event that is not kept any more.")),
        )
        .required("type")
        .required("after")
        .required("removedUntil")
}

/// The body that every channel tells, whatever happened: `data` is as `type` says.
pub(super) fn event(schemas: &mut Schemas) -> RefOr<Schema> {
    let mut any = OneOfBuilder::new();
    let mut discriminator = Discriminator::new("type");
    for (name, data, kinds) in families(schemas) {
        let types = kinds.iter().map(|kind| kind.as_str());
        let own = ObjectBuilder::new()
            .property("type", one_of(types.clone()))
            .property("data", data)
            .required("type")
            .required("data");
        let head = schemas.add("EventHead", head());
        let schema = schemas.add(name, AllOfBuilder::new().item(head).item(own));
        let place = format!("#/components/schemas/{name}");
        discriminator
            .mapping
            .extend(types.map(|kind| (kind.to_owned(), place.clone())));
        any = any.item(schema);
    }
    let any = any.discriminator(Some(discriminator)).description(Some(
        "Something that happened; the same body on every channel.",
    ));
    schemas.add(EVENT, any)
}

fn head() -> ObjectBuilder {
    let of = <EventId as ToSchema>::name();
    let reference = |name: &str| Ref::from_schema_name(name);
    ObjectBuilder::new()
        .property("id", reference(&of))
        .property(
            "seq",
            whole(1, i64::MAX.unsigned_abs())
                .description(Some("Its number within the session, from 1 without a gap.")),
        )
        .property("at", reference(&Timestamp::name()))
        .property("sessionId", reference(&SessionId::name()))
        .property("clientId", reference(&ClientId::name()))
        .required("id")
        .required("seq")
        .required("at")
        .required("sessionId")
        .required("clientId")
}

type Family = (&'static str, RefOr<Schema>, Vec<EventType>);

/// Which types have which data.
fn families(schemas: &mut Schemas) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for kind in EventType::ALL {
        let (name, data) = data_of(*kind, schemas);
        match families.iter_mut().find(|family| family.0 == name) {
            Some(family) => family.2.push(*kind),
            None => families.push((name, data, vec![*kind])),
        }
    }
    families
}

fn data_of(kind: EventType, schemas: &mut Schemas) -> (&'static str, RefOr<Schema>) {
    use EventType as Type;
    match kind {
        Type::SessionCreated
        | Type::SessionStarting
        | Type::SessionLinking
        | Type::SessionConnected
        | Type::SessionDisconnected
        | Type::SessionStopped
        | Type::SessionLoggedOut
        | Type::SessionFailed
        | Type::SessionRestricted
        | Type::SessionDeleted => ("SessionEvent", schemas.shown::<SessionFact>()),
        Type::SessionQr => ("QrEvent", schemas.shown::<QrFact>()),
        Type::SessionUnstable => ("UnstableEvent", schemas.shown::<UnstableFact>()),
        Type::MessageReceived | Type::MessageSent => ("MessageEvent", schemas.shown::<Message>()),
        Type::MessageState => ("MessageStateEvent", schemas.shown::<MessageStep>()),
        Type::MessageReaction | Type::MessageEdited | Type::MessageRevoked => {
            ("MessageChangeEvent", schemas.shown::<fact::MessageChange>())
        }
        Type::MessagePendingDecrypt => (
            "PendingDecryptEvent",
            schemas.shown::<fact::PendingDecrypt>(),
        ),
        Type::GroupUpdated => ("GroupEvent", schemas.shown::<fact::GroupChange>()),
        Type::GroupParticipantsChanged => (
            "ParticipantsEvent",
            schemas.shown::<fact::ParticipantsChange>(),
        ),
        Type::CallReceived => ("CallEvent", schemas.shown::<fact::CallOffer>()),
        Type::CallEnded => ("CallEndEvent", schemas.shown::<fact::CallEnd>()),
        Type::PresenceUpdated => ("PresenceEvent", schemas.shown::<fact::Presence>()),
        Type::ContactNumberChanged => ("NumberEvent", schemas.shown::<fact::NumberChange>()),
    }
}

/// What a webhook's receiver is sent.
pub(super) fn delivery() -> Operation {
    let mut told = post("event", "receiveEvent", "What a webhook's receiver is sent")
        .open()
        .about(
            "Signed after Standard Webhooks; docs/WEBHOOKS.md says how to verify it \
                and when it is sent again.",
        )
        .header(
            "webhook-id",
            texts(),
            "The event's id, the same for every attempt.",
        )
        .header(
            "webhook-timestamp",
            texts(),
            "When it was sent, in seconds since 1970.",
        )
        .header(
            "webhook-signature",
            texts(),
            "`v1,` and base64 of HMAC-SHA256, one for each secret that is good.",
        );
    let event = event(&mut told.schemas);
    told.with_body(
        super::operation::JSON,
        content(event, examples::event()),
        true,
    )
    .without_failures()
    .answers_bare(200, "Any 2xx: the event was taken.")
    .answers_bare(
        410,
        "The receiver wants no more: the webhook is turned off.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_event_has_its_data_once() {
        let mut schemas = Schemas::default();
        let families = families(&mut schemas);
        let kinds: usize = families.iter().map(|(_, _, kinds)| kinds.len()).sum();
        assert_eq!(kinds, EventType::ALL.len());
    }
}

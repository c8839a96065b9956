//! The event log in pages, and what a request for events asks for. The routes of all channels.

use crate::actors::journal::Excerpt;
use crate::domain::event::Event;
use crate::domain::event::EventFilter;
use crate::domain::event::EventType;
use crate::domain::event::Gap;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::http::Answer;
use crate::http::Context;
use crate::http::auth::Scope;
use crate::http::error::ApiError;
use crate::http::input;
use crate::http::input::Authenticated;
use crate::http::input::Call;
use crate::http::json::shortened;
use crate::http::query::Query;
use crate::http::server::Wire;
use crate::http::streams;
use crate::http::tickets;
use std::convert::Infallible;
use warp::Filter;
use warp::Reply;
use warp::filters::BoxedFilter;
use warp::http::header;

/// All routes of events. A ticket is not kept as the answer of its request: it is known to nobody but the caller.
pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let read = input::call(context, Scope::Read);
    let reader = input::call_with_ticket(context);
    let list = warp::path!("api" / "events")
        .and(warp::get())
        .and(read.clone())
        .then(list);
    let sse = warp::path!("api" / "events" / "stream")
        .and(warp::get())
        .and(reader.clone())
        .and(warp::ext::optional::<Wire>())
        .then(streams::sse::open);
    // What is no WebSocket is told so by the handler.
    let upgrade = warp::ws()
        .map(Some)
        .or_else(|_| async { Ok::<_, Infallible>((None,)) });
    let ws = warp::path!("api" / "events" / "ws")
        .and(warp::get())
        .and(reader)
        .and(upgrade)
        .then(streams::ws::open);
    let ticket = warp::path!("api" / "tickets")
        .and(warp::post())
        .and(read)
        .then(tickets::create);
    list.or(sse)
        .unify()
        .or(ws)
        .unify()
        .or(ticket)
        .unify()
        .boxed()
}

/// The events that somebody wants.
pub(super) struct Wish {
    /// Which.
    pub filter: EventFilter,
    /// Only those that follow this one.
    pub after: Option<EventId>,
}

impl Wish {
    /// Takes `sessionId`, `clientId`, `type` and `after`. A caller of one client gets that client's and no others.
    pub(super) fn take(call: &Call, query: &mut Query) -> Result<Self, ApiError> {
        let session = query.take("sessionId", SessionId::parse)?;
        let asked = query.take("clientId", ClientId::parse)?;
        let types = query.take("type", types)?.unwrap_or_default();
        let after = query.take("after", EventId::parse)?;
        if let Some(client) = &asked {
            call.require_client(client)?;
        }
        let filter = EventFilter {
            client: call.caller.client.clone().or(asked),
            session,
            types,
        };
        Ok(Self { filter, after })
    }
}

/// Names of types or `noun.*`, with commas between them.
fn types(text: &str) -> Result<Vec<EventType>, String> {
    let mut types = Vec::new();
    for pattern in text.split(',') {
        let matching = EventType::matching(pattern);
        if matching.is_empty() {
            let names: Vec<_> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
            return Err(format!(
                "{} is neither a noun with a star, as in session.*, nor one of {}",
                shortened(pattern),
                names.join(", ")
            ));
        }
        for kind in matching {
            if !types.contains(&kind) {
                types.push(kind);
            }
        }
    }
    Ok(types)
}

/// `GET /api/events?sessionId=&clientId=&type=&order=&after=&before=&limit=`: oldest first, or (`order=desc`) newest
/// first.
async fn list(call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let wish = Wish::take(&call, &mut query)?;
    let newest_first = query.take("order", is_descending)?.unwrap_or(false);
    let before = query.take("before", EventId::parse)?;
    let limit = query.limit(call.api().limits.page_max)?;
    query.finish()?;
    let journal = call.api().sessions.journal();
    let excerpt = match (newest_first, wish.after, before) {
        (false, after, None) => journal.page(&wish.filter, after.as_ref(), limit).await?,
        (true, None, before) => Excerpt {
            page: journal
                .page_back(&wish.filter, before.as_ref(), limit)
                .await?,
            gap: None,
        },
        (false, ..) => return Err(misplaced("before", "it goes with order=desc")),
        (true, ..) => return Err(misplaced("after", "with order=desc it is `before`")),
    };
    let body = json_text(&excerpt);
    Ok(warp::reply::with_header(body, header::CONTENT_TYPE, "application/json").into_response())
}

fn is_descending(text: &str) -> Result<bool, String> {
    match text {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(format!("{} is not asc or desc", shortened(text))),
    }
}

fn misplaced(parameter: &str, why: &str) -> ApiError {
    ApiError::parameter(parameter, format!("`{parameter}` is wrong here: {why}"))
}

/// The bodies are JSON already.
fn json_text(excerpt: &Excerpt) -> String {
    let bodies: Vec<_> = excerpt.page.data.iter().map(Event::to_json).collect();
    let cursor = excerpt.page.next_cursor.as_ref();
    let cursor = cursor.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
    let gap = excerpt.gap.as_ref().map(Gap::to_json);
    let gap = gap.map_or_else(String::new, |gap| format!(",\"gap\":{gap}"));
    format!(
        "{{\"data\":[{}],\"nextCursor\":{cursor}{gap}}}",
        bodies.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::page::Page;

    #[test]
    fn types_are_names_or_nouns_and_each_counts_once() {
        let names = |text| {
            types(text).map(|types| types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())
        };
        assert_eq!(
            names("message.state,session.qr"),
            Ok(vec!["message.state", "session.qr"])
        );
        assert_eq!(
            names("call.ended,call.*,call.received"),
            Ok(vec!["call.ended", "call.received"])
        );
        for wrong in ["", "message", "message.state,", "message.state, session.qr"] {
            assert!(names(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_page_of_events_has_a_section_and_an_example_of_every_type() {
        let page = include_str!("../../docs/EVENTS.md");
        for kind in EventType::ALL {
            let name = kind.as_str();
            let section = page.split_once(&format!("\n### `{name}`\n"));
            let (_, section) =
                section.unwrap_or_else(|| panic!("docs/EVENTS.md has no section on {name}"));
            let section = section.split("\n#").next().unwrap();
            let example = section.split("```json\n").nth(1);
            let example = example.unwrap_or_else(|| panic!("{name} has no example"));
            let example: serde_json::Value =
                serde_json::from_str(example.split("```").next().unwrap()).unwrap();
            let mut keys: Vec<_> = example.as_object().unwrap().keys().collect();
            keys.sort_unstable();
            let envelope = ["at", "clientId", "data", "id", "seq", "sessionId", "type"];
            assert_eq!(keys, envelope, "{name}");
            assert_eq!(example["type"], name);
        }
    }

    #[test]
    fn a_page_is_json_with_and_without_events_cursor_and_gap() {
        let id = |end| EventId::parse(&format!("evt_{end:0>26}")).unwrap();
        let read = |excerpt: &Excerpt| -> serde_json::Value {
            serde_json::from_str(&json_text(excerpt)).unwrap()
        };
        let mut excerpt = Excerpt {
            page: Page {
                data: Vec::new(),
                next_cursor: None,
            },
            gap: None,
        };
        assert_eq!(
            read(&excerpt),
            serde_json::json!({"data": [], "nextCursor": null})
        );
        excerpt.page.next_cursor = Some(id(2).to_string());
        excerpt.gap = Some(Gap {
            after: id(1),
            removed_until: id(2),
        });
        let body = read(&excerpt);
        assert_eq!(body["nextCursor"], id(2).as_str());
        assert_eq!(body["gap"]["removedUntil"], id(2).as_str());
    }
}

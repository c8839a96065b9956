//! The event log in pages, and what a request for events asks for.

use crate::actors::journal::Excerpt;
use crate::domain::event::Event;
use crate::domain::event::EventFilter;
use crate::domain::event::EventType;
use crate::domain::event::Gap;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::http::Answer;
use crate::http::error::ApiError;
use crate::http::input::Authenticated;
use crate::http::input::Call;
use crate::http::json::shortened;
use crate::http::query::Query;
use warp::Reply;
use warp::http::header;

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
                "{} is not session.*, message.* or one of {}",
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

/// `GET /api/events?sessionId=&clientId=&type=&after=&limit=`: oldest first.
pub(super) async fn list(call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let wish = Wish::take(&call, &mut query)?;
    let limit = query.limit(call.api().limits.page_max)?;
    query.finish()?;
    let journal = call.api().sessions.journal();
    let excerpt = journal
        .page(&wish.filter, wish.after.as_ref(), limit)
        .await?;
    let body = json_text(&excerpt);
    Ok(warp::reply::with_header(body, header::CONTENT_TYPE, "application/json").into_response())
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

//! What a caller reads of an error, and that docs/ERRORS.md says the same.

use super::codes::TABLE;
use super::*;
use crate::actors::error::SessionError;
use crate::domain::chat::ChatId;
use crate::domain::id::SessionId;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::SessionState;
use std::collections::BTreeSet;
use std::fmt::Write;

fn problem(error: &ApiError) -> Value {
    serde_json::from_slice(&error.body("/api/x", "req_1")).unwrap()
}

#[test]
fn a_problem_has_the_members_of_rfc_9457_and_ours() {
    let error = ApiError::field("to", "to is wrong").retry_after(Duration::from_millis(1500));
    assert_eq!(
        problem(&error),
        serde_json::json!({
            "type": "urn:wamux:error:invalid_body",
            "title": "The body does not have the expected shape",
            "status": 400,
            "detail": "To is wrong. See docs/API.md for the fields of this request.",
            "instance": "/api/x",
            "code": "invalid_body",
            "retryable": true,
            "requestId": "req_1",
            "field": "to",
        })
    );
    assert_eq!(error.into_response().headers()[header::RETRY_AFTER], "2");
}

/// Status, code, and the header that says when to try again.
fn answer(error: SessionError) -> (u16, &'static str, Option<u64>) {
    let error = ApiError::from(error);
    let response = error.clone().into_response();
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .map(|value| value.to_str().unwrap().parse().unwrap());
    assert!(
        retry_after.is_none() || problem(&error)["retryable"] == true,
        "{error:?}"
    );
    (response.status().as_u16(), error.code(), retry_after)
}

#[test]
fn a_session_that_is_on_its_way_is_worth_another_try() {
    let not_ready = |state| answer(SessionError::NotReady { state, cause: None });
    for state in [SessionState::Starting, SessionState::Reconnecting] {
        assert_eq!(
            not_ready(state),
            (409, "session_not_ready", Some(2)),
            "{state:?}"
        );
    }
    for state in [
        SessionState::Linking,
        SessionState::Stopped,
        SessionState::LoggedOut,
        SessionState::Failed,
    ] {
        assert_eq!(
            not_ready(state),
            (409, "session_not_ready", None),
            "{state:?}"
        );
    }
    let no_code = |state| answer(SessionError::NothingToScan { state });
    assert_eq!(
        no_code(SessionState::Linking),
        (409, "nothing_to_scan", Some(2))
    );
    assert_eq!(
        no_code(SessionState::Starting),
        (409, "nothing_to_scan", Some(2))
    );
    assert_eq!(
        no_code(SessionState::Connected),
        (409, "nothing_to_scan", None)
    );
}

#[test]
fn what_whatsapp_says_is_told_apart() {
    let chat = || ChatId::parse("5511999998888").unwrap();
    assert_eq!(
        answer(SessionError::UnsupportedRecipient(chat())),
        (422, "unsupported_recipient", None)
    );
    let refused = |retryable| {
        answer(SessionError::Refused {
            detail: "463".to_owned(),
            retryable,
        })
    };
    assert_eq!(refused(false), (422, "refused_by_whatsapp", None));
    assert_eq!(refused(true), (502, "refused_for_now", None));
}

#[test]
fn what_the_daemon_itself_cannot_do_is_told_apart() {
    let id = || SessionId::parse("support").unwrap();
    assert_eq!(
        answer(SessionError::NotFound(id())),
        (404, "session_not_found", None)
    );
    assert_eq!(
        answer(SessionError::AlreadyExists(id())),
        (409, "session_exists", None)
    );
    assert_eq!(
        answer(SessionError::TooManySessions { limit: 9 }),
        (409, "too_many_sessions", None)
    );
    let full = SessionError::QueueFull {
        limit: 100,
        retry_after: Duration::from_millis(1),
    };
    assert_eq!(answer(full), (429, "queue_full", Some(1)));
    assert_eq!(
        answer(SessionError::Timeout(Duration::from_secs(5))),
        (504, "timeout", None)
    );
    assert_eq!(
        answer(SessionError::Unavailable),
        (503, "unavailable", Some(2))
    );
}

#[test]
fn a_session_that_is_not_ready_says_its_state_and_why() {
    let cause = Some(Cause::new(CauseCode::TempBan, "WhatsApp banned the number"));
    let body = problem(
        &SessionError::NotReady {
            state: SessionState::LoggedOut,
            cause,
        }
        .into(),
    );
    assert_eq!(body["state"], "loggedOut");
    assert_eq!(body["cause"]["code"], "tempBan");
}

#[test]
fn codes_are_unique_and_their_rows_complete() {
    let codes: BTreeSet<_> = TABLE.iter().map(|entry| entry.code).collect();
    assert_eq!(codes.len(), TABLE.len());
    for entry in TABLE {
        assert!(
            StatusCode::from_u16(entry.status)
                .is_ok_and(|status| status.is_client_error() || status.is_server_error()),
            "{}",
            entry.code
        );
        for text in [entry.when, entry.cure] {
            assert!(
                text.ends_with('.') && !text.contains('|'),
                "{}: {text}",
                entry.code
            );
        }
    }
    assert!(
        TABLE.is_sorted_by_key(|entry| entry.status),
        "the page is in the order of the statuses"
    );
}

/// What docs/ERRORS.md has to be.
fn page() -> String {
    let mut page = String::from(
        "# Errors\n\n\
         Every error is `application/problem+json` after [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457): `type`, `title`, `status`,\n\
         `detail` (a sentence that names the input, and one that says what helps), `instance` (the path), and beside them:\n\n\
         - `code`: the stable name. Programs decide by it, never by a text.\n\
         - `retryable`: whether the same request can succeed later. `Retry-After` says when, where that is known.\n\
         - `requestId`: also in the header `X-Request-Id`, and in every line that the daemon logs about the request.\n\n\
         This page is made from the table in `src/http/error/codes.rs`; a test compares the two. Requests that are not even\n\
         HTTP are answered by the HTTP library with 400, 414 or 431 and no body.\n\n\
         | Status | `code` | Title | `retryable` | When | What helps |\n|---|---|---|---|---|---|\n",
    );
    for entry in TABLE {
        let retryable = if entry.retryable { "yes" } else { "no" };
        writeln!(
            page,
            "| {} | `{}` | {} | {retryable} | {} | {} |",
            entry.status, entry.code, entry.title, entry.when, entry.cure
        )
        .unwrap();
    }
    page
}

#[test]
fn the_page_of_errors_is_the_table() {
    let root = env!("CARGO_MANIFEST_DIR");
    let written = std::fs::read_to_string(format!("{root}/docs/ERRORS.md")).unwrap_or_default();
    if written != page() {
        std::fs::create_dir_all(format!("{root}/target")).unwrap();
        std::fs::write(format!("{root}/target/ERRORS.md"), page()).unwrap();
        panic!(
            "docs/ERRORS.md is not the table; if the table is right: cp target/ERRORS.md docs/ERRORS.md"
        );
    }
}

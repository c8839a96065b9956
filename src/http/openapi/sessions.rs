//! Sessions: make, look at, run, end.

use super::examples;
use super::operation::Operation;
use super::operation::get;
use super::operation::operation;
use super::operation::post;
use super::schemas::texts;
use crate::domain::id::ClientId;
use crate::http::Limits;
use crate::http::auth::Scope;
use crate::http::error::Code;
use crate::http::sessions::CreateBody;
use crate::http::sessions::Deletion;
use crate::http::sessions::LoggedOut;
use crate::http::sessions::SessionBody;
use serde_json::json;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::HttpMethod::Delete;
use utoipa::openapi::HttpMethod::Get;
use utoipa::openapi::HttpMethod::Post;

pub(super) const TAG: &str = "sessions";

pub(super) fn operations(limits: &Limits) -> Vec<Operation> {
    let create = post(
        "/api/sessions",
        "createSession",
        "Make a session; it starts at once",
    )
    .needs(Scope::Manage)
    .once()
    .body::<CreateBody>(json!({"clientId": "acme", "sessionId": "support", "name": "Support desk"}))
    .answers::<SessionBody>(201, "It is made.", examples::unlinked("starting"))
    .answer_header(201, "Location", texts(), "Its path.")
    .fails(&[
        Code::SessionExists,
        Code::TooManySessions,
        Code::Unavailable,
        Code::Timeout,
    ]);
    let list = get(
        "/api/sessions",
        "listSessions",
        "List sessions, oldest first",
    )
    .needs(Scope::Read)
    .query::<ClientId>("clientId", "One client's.")
    .pages::<SessionBody>(limits.page_max, "The sessions.", &examples::session())
    .fails(&[Code::Unavailable, Code::Timeout]);
    let show = of_one(Get, "/api/sessions/{id}", "getSession", "Look at a session")
        .needs(Scope::Read)
        .answers::<SessionBody>(200, "The session.", examples::session());
    let delete = of_one(
        Delete,
        "/api/sessions/{id}",
        "deleteSession",
        "Unlink a session, and forget it with all its messages",
    )
    .needs(Scope::Manage)
    .answers::<Deletion>(
        200,
        "It is gone.",
        json!({"id": "support", "deleted": true, "unlinkConfirmed": true}),
    );
    let mut all = vec![create, list, show, delete];
    all.extend(verbs());
    all
}

/// What a session can be told to do.
fn verbs() -> [Operation; 4] {
    let start = verb(
        "/api/sessions/{id}/start",
        "startSession",
        "Start a session, and keep it running",
    )
    .about("Nothing happens if it runs.")
    .answers::<SessionBody>(200, "The session.", examples::session());
    let stop = verb(
        "/api/sessions/{id}/stop",
        "stopSession",
        "Stop a session, and keep it down",
    )
    .about("Also over a restart of the daemon. The phone stays linked.")
    .answers::<SessionBody>(200, "The session.", examples::session());
    let restart = verb(
        "/api/sessions/{id}/restart",
        "restartSession",
        "Stop and start a session",
    )
    .answers::<SessionBody>(200, "The session.", examples::session());
    let log_out = verb(
        "/api/sessions/{id}/logout",
        "logOutSession",
        "Unlink a session at WhatsApp",
    )
    .about("The session stays, and a start shows a new code.")
    .answers::<LoggedOut>(
        200,
        "The session.",
        examples::with(
            examples::unlinked("loggedOut"),
            &json!({"unlinkConfirmed": true}),
        ),
    );
    [start, stop, restart, log_out]
}

fn of_one(method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Operation {
    operation(method, path, id, summary).of_session().strict()
}

fn verb(path: &'static str, id: &str, summary: &str) -> Operation {
    of_one(Post, path, id, summary).needs(Scope::Manage).once()
}

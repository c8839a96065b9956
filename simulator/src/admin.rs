//! The verbs over HTTP, for clients and people outside of this process. A thin layer: it reads parameters, calls
//! [`Control`] and writes JSON.

mod linking;
mod phone;
mod world;

use std::collections::HashMap;
use std::str::FromStr;

use serde::Serialize;
use warp::http::{Method, StatusCode};
use warp::reply::{Reply, Response};

use crate::control::{Control, ControlError};

/// Bytes of a request's body.
pub const BODY_LIMIT: u64 = 1 << 16;

/// Every verb: method, path below `/admin`, what it does.
pub const VERBS: &[(&str, &str, &str)] = &[
    ("GET", "", "Lists the verbs."),
    (
        "GET",
        "state",
        "Shows phones, companions, groups and connections.",
    ),
    ("GET", "trace", "Shows the latest stanzas, oldest first."),
    (
        "GET",
        "unknown",
        "Counts and lists the stanzas that no handler knew.",
    ),
    (
        "GET",
        "root",
        "Shows the root key of the certificate chain.",
    ),
    (
        "GET",
        "certificate",
        "Gives the TLS certificate of the media host in PEM.",
    ),
    (
        "POST",
        "mock-phone/scan-qr",
        "A phone scans the QR text in the body; phone= names it, else the client's push name does, else it is new.",
    ),
    (
        "POST",
        "phone/create",
        "Makes a phone: phone= its digits (else made up), name= its push name.",
    ),
    (
        "POST",
        "phone/enter-code",
        "The user of phone= types the pairing code in the body.",
    ),
    (
        "POST",
        "phone/passkey",
        "The user of phone= has a passkey: {\"credentialId\",\"publicKey\",\"rpId\"} in the body, the key as SPKI or COSE, all in base64url; without the two one is made, and given with its private key.",
    ),
    (
        "POST",
        "phone/gate",
        "After a scan or a typed code of phone=: mode=off links, on asks for the passkey, code also shows a code to compare, wrong-code another one than the client's, silent says nothing more, reject refuses the passkey; timeout-ms= for the passkey (60000).",
    ),
    (
        "POST",
        "phone/confirm",
        "Gives the code that phone= shows for comparison; accept=true|false is what its user says to it.",
    ),
    (
        "POST",
        "phone/hosted",
        "With on=true, phone= shares its account with WhatsApp's Cloud API.",
    ),
    (
        "POST",
        "phone/full",
        "With on=true, phone= has as many linked devices as an account may have, and scans no more.",
    ),
    (
        "POST",
        "phone/throttle",
        "With on=true, clients that want a pairing code for phone= are refused with error=400|429 (400).",
    ),
    (
        "POST",
        "phone/send",
        "The phone from= says the text in the body to the digits or group to=.",
    ),
    (
        "POST",
        "phone/react",
        "The phone= reacts in chat= to message id= with the emoji in the body.",
    ),
    (
        "POST",
        "phone/edit",
        "The phone= writes its message id= in chat= anew, as the body has it.",
    ),
    (
        "POST",
        "phone/revoke",
        "The phone= deletes its message id= in chat= for everybody.",
    ),
    (
        "POST",
        "phone/read",
        "The user of phone= opens chat=: read receipts for what was unread.",
    ),
    (
        "POST",
        "phone/auto-reply",
        "The phone= answers every text of a linked device with text= or the body; {text} stands for what was said; empty ends it.",
    ),
    (
        "POST",
        "phone/online",
        "The phone= is on the network again and takes in what waited.",
    ),
    ("POST", "phone/offline", "The phone= loses its network."),
    (
        "POST",
        "phone/show",
        "The user of phone= opens the app: contacts see it online.",
    ),
    ("POST", "phone/hide", "The user of phone= leaves the app."),
    (
        "POST",
        "phone/typing",
        "The user of phone= starts typing in chat=; state=paused stops.",
    ),
    (
        "POST",
        "phone/call",
        "The phone= calls to=, with video=true with a picture.",
    ),
    (
        "POST",
        "phone/end-call",
        "The call id= of phone= to to= rings no more: given up, or reason=accepted_elsewhere, rejected_elsewhere, timeout.",
    ),
    (
        "POST",
        "phone/rename",
        "The user of phone= changes the push name to name=; companions learn it by app state.",
    ),
    (
        "POST",
        "phone/forget",
        "The phone= loses its encryption sessions with the devices of with=.",
    ),
    (
        "POST",
        "phone/lid-migrated",
        "Sets with on=true|false whether chats of phone= are addressed by LID.",
    ),
    (
        "GET",
        "phone/inbox",
        "What phone= has decrypted; wait=SECONDS waits for something later than after=N.",
    ),
    (
        "GET",
        "phone/receipts",
        "The receipts that came back for what phone= said.",
    ),
    (
        "POST",
        "device/remove",
        "The user of phone= unlinks companion device=.",
    ),
    (
        "POST",
        "group/create",
        "The phone by= makes a group called subject= with members= (digits, comma between).",
    ),
    (
        "POST",
        "group/subject",
        "The phone by= calls group= subject=.",
    ),
    (
        "POST",
        "group/members",
        "The phone by= does do=add|remove|promote|demote to members= (digits, comma between) of group=.",
    ),
    (
        "POST",
        "kick",
        "Cuts the sockets of the companions of phone=, or of device=.",
    ),
    (
        "POST",
        "replace",
        "Tells the companions of phone=, or device=, that somebody else logged in as them.",
    ),
    (
        "POST",
        "ban",
        "Bans phone= with code= for expire= seconds: logins fail with 402.",
    ),
    (
        "POST",
        "refuse",
        "Makes logins of the companions of phone= fail with reason=.",
    ),
    (
        "POST",
        "forgive",
        "Lets the companions of phone= log in again.",
    ),
    (
        "POST",
        "stream-error",
        "Ends the streams of the companions of phone= with code=.",
    ),
    (
        "POST",
        "nack",
        "Refuses the messages of the companions of phone= with error=; without it, takes them again.",
    ),
    (
        "POST",
        "silent",
        "With on=true, delivers the messages of the companions of phone= and never acknowledges them.",
    ),
    (
        "POST",
        "mute",
        "With on=true, the present sockets of the companions of phone= go dead and stay open; with on=false, those are cut.",
    ),
    (
        "GET",
        "faults",
        "Shows the plan of random faults with its seed, and how often each happened.",
    ),
    (
        "POST",
        "faults",
        "Begins the plan in the body, {\"seed\":7,\"all\":{\"drop\":0.1},\"phones\":{\"DIGITS\":{\"cut\":0.01}}}; {} ends it. Chances: delay (delayMaxMs), drop, duplicate, cut, mute, ackError (ackErrorCode), noAck, refuse (refuseReason).",
    ),
    (
        "POST",
        "refuse-ik",
        "With on=true, answers the short handshake of returning clients with the long one.",
    ),
    (
        "POST",
        "outdated",
        "With on=true, refuses every client as outdated (405), linked or not.",
    ),
    (
        "POST",
        "refs-ttl",
        "QR codes of connections from now on expire after seconds=, as they do by the clients' clocks after 160; without it, by those alone.",
    ),
    (
        "POST",
        "expire-refs",
        "The QR codes that are shown at present expire at once.",
    ),
];

/// A request.
#[derive(Debug)]
pub struct Verb {
    /// `GET` or `POST`.
    pub method: Method,
    /// Below `/admin/`.
    pub path: String,
    /// Parameters.
    pub query: HashMap<String, String>,
    /// Body as text.
    pub body: String,
}

/// Why a request cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No such verb.
    #[error("no such verb; GET /admin lists them")]
    NoVerb,
    /// A parameter is missing.
    #[error("the parameter {0}= is missing")]
    Missing(&'static str),
    /// A parameter cannot be read.
    #[error("the parameter {name}= cannot be {value:?}")]
    Bad {
        /// Which one.
        name: &'static str,
        /// What it was.
        value: String,
    },
    /// The body is not a plan of random faults.
    #[error("the body is not a plan of faults: {0}; GET /admin shows one")]
    Plan(#[from] serde_json::Error),
    /// The body is not a passkey.
    #[error("the body is not a passkey: {0}; GET /admin shows one")]
    Passkey(serde_json::Error),
    /// The verb did nothing.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl AdminError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoVerb
            | Self::Control(ControlError::NoPhone(_) | ControlError::NoDevice { .. }) => {
                StatusCode::NOT_FOUND
            }
            Self::Control(ControlError::Refused(_) | ControlError::Unfinished) => {
                StatusCode::CONFLICT
            }
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// What a verb gives: JSON.
type Given = Result<serde_json::Value, AdminError>;

impl Verb {
    /// A parameter.
    fn get(&self, name: &str) -> Option<&str> {
        self.query
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    fn need(&self, name: &'static str) -> Result<&str, AdminError> {
        self.get(name).ok_or(AdminError::Missing(name))
    }

    /// A parameter with another type than text.
    fn parse<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, AdminError> {
        self.get(name)
            .map(|value| {
                value.parse().map_err(|_unreadable| AdminError::Bad {
                    name,
                    value: value.to_owned(),
                })
            })
            .transpose()
    }

    /// Such a parameter that must be there.
    fn need_parsed<T: FromStr>(&self, name: &'static str) -> Result<T, AdminError> {
        self.parse(name)?.ok_or(AdminError::Missing(name))
    }
}

/// Does what a request asks for.
pub async fn answer(control: &Control, verb: Verb) -> Response {
    let (status, given) = ask(control, verb).await;
    warp::reply::with_status(warp::reply::json(&given), status).into_response()
}

/// The same without HTTP, for whoever runs in the same process.
pub async fn ask(control: &Control, verb: Verb) -> (StatusCode, serde_json::Value) {
    let given = if verb.path.starts_with("phone/") || verb.path.starts_with("mock-phone/") {
        phone::answer(control, &verb).await
    } else {
        world::answer(control, &verb)
    };
    given.map_or_else(
        |error| {
            let body = serde_json::json!({ "error": error.to_string() });
            (error.status(), body)
        },
        |given| (StatusCode::OK, given),
    )
}

fn json(value: impl Serialize) -> Given {
    serde_json::to_value(value).map_err(|_unwritable| AdminError::NoVerb)
}

/// The answer of verbs that have nothing to say.
fn done() -> serde_json::Value {
    serde_json::json!({ "ok": true })
}

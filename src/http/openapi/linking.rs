//! Linking a phone to a session, by those who have a key and by those who have a pairing link. Both do the same.

use super::examples;
use super::operation::Operation;
use super::operation::content;
use super::operation::operation;
use super::schemas::binary;
use super::schemas::texts;
use super::schemas::whole;
use crate::domain::session::PairingCode;
use crate::http::Limits;
use crate::http::auth::Scope;
use crate::http::error::Code;
use crate::http::linking::PairingBody;
use crate::http::linking::QrBody;
use crate::http::pairing_links::LinkBody;
use crate::http::pairing_links::MadeBody;
use crate::http::pairing_links::RevokedBody;
use crate::http::pairing_links::TTL_MIN_SECS;
use crate::http::passkey::ComparedBody;
use crate::http::passkey::ConfirmationBody;
use crate::http::passkey::CredentialBody;
use crate::http::passkey::RequestBody;
use crate::http::sessions::SessionBody;
use serde_json::Value;
use serde_json::json;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::HttpMethod::Delete;
use utoipa::openapi::HttpMethod::Get;
use utoipa::openapi::HttpMethod::Post;

pub(super) const TAG: &str = "linking";

pub(super) fn operations(limits: &Limits) -> Vec<Operation> {
    let qr = shows_qr(
        keyed(
            Get,
            "/api/sessions/{id}/qr",
            "getQr",
            "Get the code to scan",
        ),
        limits.qr_wait.as_secs(),
    );
    let code = gives_code(keyed(
        Post,
        "/api/sessions/{id}/pairing-code",
        "requestPairingCode",
        "Get a code to type on the phone, in place of the scan",
    ));
    let ask = asks_passkey(keyed(
        Get,
        "/api/sessions/{id}/passkey",
        "getPasskeyRequest",
        "Get what the account's passkey has to sign",
    ));
    let sign = takes_credential(keyed(
        Post,
        "/api/sessions/{id}/passkey",
        "givePasskey",
        "Give what the passkey has signed",
    ))
    .answers::<SessionBody>(
        202,
        "WhatsApp checks it; what comes of it shows as the next step.",
        linking_session(),
    );
    let compare = shows_confirmation(keyed(
        Get,
        "/api/sessions/{id}/passkey/confirmation",
        "getPasskeyConfirmation",
        "Get the code to compare with the phone's",
    ));
    let confirm = takes_comparison(keyed(
        Post,
        "/api/sessions/{id}/passkey/confirmation",
        "confirmPasskey",
        "Say whether the codes are the same",
    ))
    .answers::<SessionBody>(202, "It goes on.", linking_session());
    let cancel = keyed(
        Post,
        "/api/sessions/{id}/linking/cancel",
        "cancelLinking",
        "Give up to link a phone, at whatever step",
    )
    .once()
    .answers::<SessionBody>(200, "The session.", examples::unlinked("linking"))
    .fails(&[Code::NothingToCancel, Code::SessionNotReady]);
    vec![
        qr,
        code,
        ask,
        sign,
        compare,
        confirm,
        cancel,
        link(limits),
        revoke(),
    ]
}

fn link(limits: &Limits) -> Operation {
    let longest = limits.pairing_link_max.as_secs();
    let about = format!(
        "A session has one link: a new one takes the place of the one before. It \
                is good for {longest} seconds at the most."
    );
    keyed(Post, "/api/sessions/{id}/pairing-link", "createPairingLink", "Make a link with which somebody without a key links a phone")
        .about(&about)
        .body::<LinkBody>(json!({"expiresIn": 3600, "locale": "pt", "returnUrl": "https://example.com/done"}))
    .bound::<LinkBody>("expiresIn", TTL_MIN_SECS, longest)
        .answers::<MadeBody>(201, "The link, shown this once.", json!({
            "url": "https://wamux.example.com/link/lnk_C2FVsBQIhrscChlQIMVb5sSYspob7oDC2FVsBQIhrs", "locale": "pt",
            "expiresAt": "2026-11-24T04:21:53.007Z", "returnUrl": "https://example.com/done",
        }))
        .fails(&[Code::NothingToScan, Code::InvalidHeader])
}

fn revoke() -> Operation {
    keyed(
        Delete,
        "/api/sessions/{id}/pairing-link",
        "revokePairingLink",
        "End the session's pairing link",
    )
    .answers::<RevokedBody>(200, "It opens nothing any more.", json!({"revoked": true}))
}

fn keyed(method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Operation {
    operation(method, path, id, summary)
        .needs(Scope::Manage)
        .of_session()
        .strict()
}

/// `longest` is in seconds; what a page of a link asks beyond the limit is cut rather than refused.
pub(super) fn shows_qr(operation: Operation, longest: u64) -> Operation {
    operation
        .about("As JSON or as a picture alone, as `Accept` says. A code is good until \
                `expiresAt`; ask again for the next one.")
        .query_like("wait", whole(0, longest), "Wait up to so many seconds for one.")
        .answers::<QrBody<'_>>(200, "The code.", json!({
            "qr": "2@AbC…,def=,ghi=,jkl=,1", "expiresAt": "2026-11-24T03:22:53.007Z", "image": "data:image/png;base64,iVBORw0KGgo=",
        }))
        .answers_with(200, "The code.", "image/svg+xml", content(texts(), Value::from("<svg/>")))
        .answers_with(200, "The code.", "image/png", super::operation::plain(binary()))
        .fails(&[Code::NothingToScan, Code::SessionNotReady, Code::NotAcceptable])
}

pub(super) fn gives_code(operation: Operation) -> Operation {
    operation
        .body::<PairingBody>(json!({"phone": "+5511999998888"}))
        .answers::<PairingCode>(
            200,
            "The code.",
            json!({"code": "ABCD1234", "expiresAt": "2026-11-24T03:24:33.007Z"}),
        )
        .fails(&[
            Code::NothingToScan,
            Code::SessionNotReady,
            Code::RateLimited,
            Code::RefusedByWhatsApp,
            Code::RefusedForNow,
        ])
}

pub(super) fn asks_passkey(operation: Operation) -> Operation {
    operation
        .about("A passkey signs for web.whatsapp.com alone, so this runs on a page of that site.")
        .answers::<RequestBody>(200, "What is to be signed.", json!({
            "requestOptions": {
                "challenge": "q83vASNFZ4mrze8B", "rpId": "web.whatsapp.com", "userVerification": "required",
                "allowCredentials": [{"type": "public-key", "id": "AQI"}], "timeout": 60000,
            },
            "until": "2026-11-24T03:23:10.480Z",
        }))
        .fails(&[Code::NoPasskeyPending])
}

pub(super) fn takes_credential(operation: Operation) -> Operation {
    operation
        .about("As `toJSON()` of the credential gives it. None of it is logged or kept.")
        .body::<CredentialBody>(json!({
            "rawId": "AQI", "type": "public-key",
            "response": {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "MEUC", "userHandle": null},
        }))
        .fails(&[Code::NoPasskeyPending, Code::RefusedByWhatsApp, Code::RefusedForNow])
}

pub(super) fn shows_confirmation(operation: Operation) -> Operation {
    operation
        .answers::<ConfirmationBody>(
            200,
            "The code.",
            json!({
                "code": "ABCD-1234", "needsCode": true, "until": "2026-11-24T03:24:10.480Z",
            }),
        )
        .fails(&[Code::NoConfirmationPending])
}

pub(super) fn takes_comparison(operation: Operation) -> Operation {
    operation
        .body::<ComparedBody>(json!({"accept": true}))
        .fails(&[
            Code::NoConfirmationPending,
            Code::RefusedByWhatsApp,
            Code::RefusedForNow,
        ])
}

fn linking_session() -> Value {
    examples::with(
        examples::unlinked("linking"),
        &json!({"linking": examples::linking()}),
    )
}

//! What a pairing link opens to whoever has it. No key is asked for; the token is in the path.

use super::examples;
use super::linking;
use super::operation::Operation;
use super::operation::operation;
use super::schemas::texts;
use super::schemas::whole;
use crate::http::error::Code;
use crate::http::link::StatusBody;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::HttpMethod::Get;
use utoipa::openapi::HttpMethod::Post;

pub(super) const TAG: &str = "pairing links";

/// No limit is told: a longer wait than the daemon grants is cut, since the page of a link does not know its limits.
const ANY: u64 = u64::MAX;

pub(super) fn operations() -> Vec<Operation> {
    let show = of_token(
        Get,
        "/api/link/{token}",
        "getLink",
        "See how linking stands",
    )
    .query_like("after", whole(0, ANY), "The `version` of the last answer.")
    .query_like(
        "wait",
        whole(0, ANY),
        "With `after`: wait up to so many seconds until something is different.",
    )
    .answers::<StatusBody<'_>>(200, "How it stands.", examples::link_status())
    .fails(&[Code::RateLimited]);
    let qr = linking::shows_qr(
        of_token(
            Get,
            "/api/link/{token}/qr",
            "getLinkQr",
            "Get the code to scan",
        ),
        ANY,
    )
    .fails(&[Code::RateLimited]);
    let code = linking::gives_code(of_token(
        Post,
        "/api/link/{token}/pairing-code",
        "requestLinkPairingCode",
        "Get a code to type on the phone",
    ));
    let cancel = stands(
        200,
        of_token(
            Post,
            "/api/link/{token}/cancel",
            "cancelLink",
            "Give up to link the phone",
        ),
    )
    .fails(&[Code::NothingToCancel, Code::RateLimited]);
    let start = stands(
        200,
        of_token(
            Post,
            "/api/link/{token}/start",
            "startLink",
            "Begin a new round of codes",
        ),
    )
    .about("Also of a session that is down.")
    .fails(&[Code::NothingToScan, Code::RateLimited]);
    let mut all = vec![show, qr, code, cancel, start];
    all.extend(passkey());
    all
}

/// The account's passkey, where WhatsApp asks for it.
fn passkey() -> [Operation; 4] {
    let ask = linking::asks_passkey(of_token(
        Get,
        "/api/link/{token}/passkey",
        "getLinkPasskeyRequest",
        "Get what the account's passkey has to sign",
    ));
    let sign = stands(
        202,
        linking::takes_credential(of_token(
            Post,
            "/api/link/{token}/passkey",
            "giveLinkPasskey",
            "Give what the passkey has signed",
        )),
    );
    let compare = linking::shows_confirmation(of_token(
        Get,
        "/api/link/{token}/passkey/confirmation",
        "getLinkPasskeyConfirmation",
        "Get the code to compare with the phone's",
    ));
    let confirm = stands(
        202,
        linking::takes_comparison(of_token(
            Post,
            "/api/link/{token}/passkey/confirmation",
            "confirmLinkPasskey",
            "Say whether the codes are the same",
        )),
    );
    [ask, sign, compare, confirm]
}

fn of_token(method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Operation {
    operation(method, path, id, summary)
        .open()
        .part_like(
            "token",
            texts().pattern(Some("^lnk_[A-Za-z0-9_-]{43}$")),
            "The token of the link.",
        )
        .strict()
        .fails(&[
            Code::NotFound,
            Code::Unavailable,
            Code::StorageFailed,
            Code::Timeout,
        ])
}

fn stands(status: u16, operation: Operation) -> Operation {
    operation.answers::<StatusBody<'_>>(status, "How it stands.", examples::link_status())
}

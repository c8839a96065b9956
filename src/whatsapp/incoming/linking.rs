//! What the library tells while a phone is being linked.

use crate::domain::chat::Lid;
use crate::domain::chat::Phone;
use crate::domain::linking::Hidden;
use crate::domain::linking::LinkFailureCode;
use crate::domain::session::Account;
use crate::whatsapp::ClientEvent;
use std::time::Duration;
use whatsapp_rust::pair_code::PairCodeRejection;
use whatsapp_rust::passkey::parse_request_options;
use whatsapp_rust::types::events::Event;
use whatsapp_rust::types::events::EventKind;
use whatsapp_rust::types::events::PairPasskeyRequest;
use whatsapp_rust::types::events::PairSuccess;
use whatsapp_rust::types::events::PairingCodeError;

/// The events that [`step`] understands.
pub(super) const KINDS: [EventKind; 10] = [
    EventKind::PairSuccess,
    EventKind::PairError,
    EventKind::PairingQrCode,
    EventKind::PairingQrCodesExhausted,
    EventKind::PairingCodeRefresh,
    EventKind::PairingCodeError,
    EventKind::PairPasskeyRequest,
    EventKind::PairPasskeyConfirmation,
    EventKind::PairPasskeyError,
    EventKind::OfflineSyncCompleted,
];

/// The step that an event means; none where it means none.
pub(super) fn step(event: &Event) -> Option<ClientEvent> {
    match event {
        Event::PairingQrCode(qr) => Some(ClientEvent::Qr {
            text: qr.code.clone(),
            ttl: qr.timeout,
        }),
        Event::PairingCodeRefresh(_) => Some(ClientEvent::CodeDead {
            failure: LinkFailureCode::CodeExpired,
            said: "WhatsApp wants a new one".to_owned(),
        }),
        Event::PairingCodeError(error) => Some(code_error(error)),
        Event::PairPasskeyRequest(request) => Some(passkey(request)),
        Event::PairPasskeyConfirmation(confirmation) => Some(ClientEvent::PasskeyTaken {
            code: Hidden(confirmation.code.clone()),
            needs_code: !confirmation.skip_handoff_ux,
        }),
        Event::PairPasskeyError(error) => Some(ClientEvent::LinkFailed {
            failure: LinkFailureCode::PasskeyRejected,
            said: said(&error.error),
        }),
        Event::PairError(error) => Some(ClientEvent::LinkFailed {
            failure: pair_failure(&error.error),
            said: error.error.clone(),
        }),
        Event::PairSuccess(pair) => linked(pair),
        Event::OfflineSyncCompleted(_) => Some(ClientEvent::Synced),
        _ => None,
    }
}

fn linked(pair: &PairSuccess) -> Option<ClientEvent> {
    let account = Account {
        phone: Phone::parse(pair.id.user_base()).ok()?,
        lid: Lid::parse(pair.lid.user_base()).ok(),
        push_name: Some(pair.business_name.clone()).filter(|name| !name.is_empty()),
    };
    Some(ClientEvent::Linked { account })
}

fn code_error(error: &PairingCodeError) -> ClientEvent {
    let throttled = error.rejection.is_some_and(PairCodeRejection::is_throttled);
    ClientEvent::CodeDead {
        failure: if throttled {
            LinkFailureCode::RateLimited
        } else {
            LinkFailureCode::Refused
        },
        said: error.error.clone(),
    }
}

fn passkey(request: &PairPasskeyRequest) -> ClientEvent {
    match parse_request_options(&request.request_options_json) {
        Ok(options) => ClientEvent::PasskeyAsked {
            options: Hidden(request.request_options_json.clone()),
            patience: options.timeout_ms.map(Duration::from_millis),
        },
        Err(error) => ClientEvent::LinkFailed {
            failure: LinkFailureCode::Refused,
            said: format!("it asks for a passkey in a way that is not understood: {error}"),
        },
    }
}

/// Accounts in coexistence are signed in a way that whatsapp-rust 0.7.0 does not verify (its issue 1439).
fn pair_failure(error: &str) -> LinkFailureCode {
    if error.contains("signature-mismatch") {
        LinkFailureCode::HostedAccountUnsupported
    } else {
        LinkFailureCode::Refused
    }
}

/// The library's sentence without the frames that it puts around it.
pub(in crate::whatsapp) fn said(error: &str) -> String {
    let inner = error.rsplit("linking flow error: ").next();
    inner.unwrap_or(error).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use whatsapp_rust::types::events::PairError;
    use whatsapp_rust::types::events::PairPasskeyConfirmation;
    use whatsapp_rust::types::events::PairPasskeyError;

    fn request(json: &str) -> Option<ClientEvent> {
        let options = json.to_owned();
        step(&Event::PairPasskeyRequest(
            PairPasskeyRequest::builder()
                .request_options_json(options)
                .build(),
        ))
    }

    #[test]
    fn a_passkey_is_asked_for_in_whatsapps_own_words_and_time() {
        let options = r#"{"challenge":"YWJj","rpId":"web.whatsapp.com","timeout":600000}"#;
        assert_eq!(
            request(options),
            Some(ClientEvent::PasskeyAsked {
                options: Hidden(options.to_owned()),
                patience: Some(Duration::from_mins(10)),
            })
        );
        let failed = request("{}");
        assert!(
            matches!(
                failed,
                Some(ClientEvent::LinkFailed {
                    failure: LinkFailureCode::Refused,
                    ..
                })
            ),
            "{failed:?}"
        );
    }

    #[test]
    fn a_code_is_compared_unless_whatsapp_knows_the_device() {
        for skip in [true, false] {
            let confirmation = PairPasskeyConfirmation::builder()
                .code("ABCD-1234".to_owned())
                .skip_handoff_ux(skip)
                .build();
            assert_eq!(
                step(&Event::PairPasskeyConfirmation(confirmation)),
                Some(ClientEvent::PasskeyTaken {
                    code: Hidden("ABCD-1234".to_owned()),
                    needs_code: !skip,
                })
            );
        }
    }

    #[test]
    fn failures_have_their_names() {
        let pair = |error: &str| {
            let error = PairError::builder()
                .id("1@s.whatsapp.net".parse().unwrap())
                .lid("1@lid".parse().unwrap())
                .business_name(String::new())
                .platform(String::new())
                .error(error.to_owned())
                .build();
            step(&Event::PairError(error))
        };
        let code = |rejection| {
            let error = PairingCodeError::builder()
                .rejection(rejection)
                .error("no".to_owned())
                .build();
            step(&Event::PairingCodeError(error))
        };
        let passkey = PairPasskeyError::builder()
            .error("passkey linking flow error: passkey_prologue iq failed: passkey linking flow error: no".to_owned())
            .continuation(true)
            .build();
        let found = [
            pair("pairing crypto failed with code 401: signature-mismatch"),
            pair("pairing crypto failed with code 401: hmac-mismatch"),
            code(PairCodeRejection::RateOverlimit),
            code(PairCodeRejection::Forbidden),
            step(&Event::PairPasskeyError(passkey)),
        ];
        let names = found.map(|event| match event {
            Some(
                ClientEvent::LinkFailed { failure, said } | ClientEvent::CodeDead { failure, said },
            ) => (failure, said),
            other => panic!("{other:?}"),
        });
        let codes = names.each_ref().map(|(failure, _)| *failure);
        assert_eq!(
            codes,
            [
                LinkFailureCode::HostedAccountUnsupported,
                LinkFailureCode::Refused,
                LinkFailureCode::RateLimited,
                LinkFailureCode::Refused,
                LinkFailureCode::PasskeyRejected,
            ]
        );
        assert_eq!(names[4].1, "no");
    }
}

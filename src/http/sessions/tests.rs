//! The JSON of a session, and the names that are refused.

use super::*;
use crate::domain::id::StoreKey;
use crate::domain::linking::LinkFailureCode;
use crate::domain::linking::LinkStep;
use crate::domain::session::Account;
use crate::domain::session::CauseCode;
use crate::domain::session::SessionRecord;

fn view(account: Option<Account>, cause: Option<Cause>) -> SessionView {
    let at = Timestamp::from_millis(1_795_490_513_007);
    let record = SessionRecord {
        id: SessionId::parse("support").unwrap(),
        client_id: ClientId::parse("acme").unwrap(),
        name: None,
        store_key: StoreKey::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap(),
        desired: Desired::Running,
        state: SessionState::Linking,
        cause,
        since: at,
        account,
        last_activity: None,
        restarts: 0,
        created_at: at,
    };
    SessionView {
        record,
        qr: None,
        linking: None,
        link_failure: None,
        health: Health::default(),
    }
}

#[test]
fn a_session_shows_every_member_and_not_where_its_keys_are() {
    let account = Account {
        phone: Phone::parse("5511999998888").unwrap(),
        lid: Some(Lid::parse("123").unwrap()),
        push_name: None,
    };
    let body = serde_json::to_value(SessionBody::from(view(
        Some(account),
        Some(Cause::new(CauseCode::QrExpired, "x")),
    )))
    .unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "id": "support",
            "clientId": "acme",
            "name": null,
            "state": "linking",
            "cause": {"code": "qrExpired", "detail": "x", "until": null},
            "since": "2026-11-24T03:21:53.007Z",
            "desired": "running",
            "phone": "5511999998888",
            "lid": "123",
            "pushName": null,
            "lastActivityAt": null,
            "linking": null,
            "linkFailure": null,
            "lastFrameAt": null,
            "lastPongAt": null,
            "reconnects": 0,
            "queueDepth": 0,
            "nextRetryAt": null,
            "restarts": 0,
            "createdAt": "2026-11-24T03:21:53.007Z",
        })
    );
}

#[test]
fn a_step_of_linking_says_its_number_its_end_and_what_to_do() {
    let json = |step, until| {
        let mut view = view(None, None);
        view.linking = Some(Linking { step, until });
        serde_json::to_value(SessionBody::from(view)).unwrap()["linking"].clone()
    };
    let until = Timestamp::from_millis(1_795_490_513_007);
    assert_eq!(
        json(LinkStep::PasskeyRequired, Some(until)),
        serde_json::json!({
            "step": "passkeyRequired",
            "until": "2026-11-24T03:21:53.007Z",
            "number": 2,
            "of": 5,
            "todo": "WhatsApp asks for the account's passkey: confirm it in a browser that is open at web.whatsapp.com.",
        })
    );
    let confirmation = json(LinkStep::PasskeyConfirmation { needs_code: true }, None);
    assert_eq!(
        (&confirmation["number"], &confirmation["needsCode"]),
        (&3.into(), &true.into())
    );
}

#[test]
fn a_failure_of_linking_has_its_name() {
    let at = Timestamp::from_millis(0);
    for code in LinkFailureCode::ALL {
        let mut view = view(None, None);
        view.link_failure = Some(LinkFailure::new(*code, None, at));
        let body = serde_json::to_value(SessionBody::from(view)).unwrap();
        assert_eq!(body["linkFailure"]["code"], code.as_str());
        assert_eq!(body["linkFailure"]["at"], "1970-01-01T00:00:00.000Z");
    }
}

#[test]
fn a_logout_is_the_session_and_whether_whatsapp_confirmed_it() {
    let body = serde_json::to_value(LoggedOut {
        session: view(None, None).into(),
        unlink_confirmed: false,
    })
    .unwrap();
    assert_eq!(
        (&body["id"], &body["unlinkConfirmed"], &body["phone"]),
        (&"support".into(), &false.into(), &serde_json::Value::Null)
    );
}

#[test]
fn a_name_is_short_and_visible() {
    assert!(check_name("Süd 1".to_owned()).is_ok() && check_name("ü".repeat(100)).is_ok());
    for bad in [
        String::new(),
        "  ".to_owned(),
        "a\nb".to_owned(),
        "a".repeat(101),
    ] {
        assert_eq!(check_name(bad).unwrap_err().code(), "invalid_body");
    }
}

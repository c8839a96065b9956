//! Linking a phone, step by step, and every way in which it ends.

use super::*;
use crate::domain::event::EventFilter;
use crate::domain::linking::Assertion;
use crate::domain::linking::Hidden;
use crate::domain::linking::LinkFailureCode;
use crate::domain::linking::LinkStep;
use crate::domain::linking::Linking;
use std::path::PathBuf;

const OPTIONS: &str = r#"{"challenge":"YWJj"}"#;

fn asked(patience: Duration) -> ClientEvent {
    ClientEvent::PasskeyAsked {
        options: Hidden(OPTIONS.to_owned()),
        patience: Some(patience),
    }
}

fn taken(needs_code: bool) -> ClientEvent {
    ClientEvent::PasskeyTaken {
        code: Hidden("ABCD-1234".to_owned()),
        needs_code,
    }
}

fn assertion() -> Assertion {
    Assertion {
        credential_id: vec![1, 2],
        json: Hidden("{}".to_owned()),
    }
}

fn is_at(step: LinkStep) -> impl Fn(&SessionView) -> bool {
    move |view| view.linking.map(|linking| linking.step) == Some(step)
}

const COMPARE: LinkStep = LinkStep::PasskeyConfirmation { needs_code: true };
const CHECKING: LinkStep = LinkStep::PasskeyConfirmation { needs_code: false };

/// The steps to one of them, by a code that was scanned.
async fn at(step: LinkStep) -> World {
    let world = new_session().await;
    world.whatsapp.tell(qr("first"));
    wait_for(&world, is_at(LinkStep::Qr)).await;
    let order = [LinkStep::Qr, LinkStep::PasskeyRequired, CHECKING, COMPARE];
    let wanted = order.iter().position(|known| *known == step).unwrap();
    if wanted >= 1 {
        world.whatsapp.tell(asked(PATIENCE));
        wait_for(&world, is_at(LinkStep::PasskeyRequired)).await;
    }
    if wanted >= 2 {
        world.session.give_passkey(assertion()).await.unwrap();
        assert_eq!(world.session.view().linking.unwrap().step, CHECKING);
    }
    if wanted >= 3 {
        world.whatsapp.tell(taken(true));
        wait_for(&world, is_at(COMPARE)).await;
    }
    world
}

/// It has failed like this, and a code for a new client with a new file can be had.
async fn failed_and_begins_anew(world: &World, code: LinkFailureCode) {
    let fails =
        |view: &SessionView| view.link_failure.as_ref().map(|failure| failure.code) == Some(code);
    let failed = wait_for(world, |view| {
        fails(view) && view.record.state == SessionState::Linking
    })
    .await;
    assert_eq!((failed.linking, failed.qr), (None, None));
    world
        .whatsapp
        .wait_for(|seen| seen.last() == Some(&Seen::Closed))
        .await;

    let again = async {
        opened(world, 2).await;
        world.whatsapp.tell(qr("again"));
    };
    let (shown, ()) = tokio::join!(world.session.qr(PATIENCE), again);
    assert_eq!(shown.unwrap().text, "again");
    let view = world.session.view();
    assert_eq!((view.link_failure, view.record.cause), (None, None));
    let files = world.whatsapp.files();
    assert_ne!(files[0], files[1]);
    assert_eq!(
        key_files(world),
        [files[1].clone()],
        "the old keys are still there"
    );
    world.whatsapp.tell(linked());
    world.whatsapp.tell(ClientEvent::Connected);
    wait_for(world, |view| view.record.state == SessionState::Connected).await;
}

async fn opened(world: &World, count: usize) {
    let opened = |seen: &[Seen]| seen.iter().filter(|seen| **seen == Seen::Opened).count();
    world.whatsapp.wait_for(|seen| opened(seen) == count).await;
}

/// The key files that there are.
fn key_files(world: &World) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(world.state.path()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_keys = |path: &PathBuf| {
        !path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("wamux")
    };
    paths.filter(is_keys).collect()
}

/// What `session.linking` has told, as (state, step or failure), oldest first.
async fn told(world: &World) -> Vec<(String, String)> {
    let journal = world.sessions.journal();
    let page = journal
        .page(&EventFilter::default(), None, 100)
        .await
        .unwrap();
    let linking = page
        .page
        .data
        .into_iter()
        .filter(|event| event.kind.as_str() == "session.linking");
    let what = |event: crate::domain::event::Event| {
        let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
        let text = |pointer: &str| {
            data.pointer(pointer)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        let step = text("/linking/step").or_else(|| text("/linkFailure/code"));
        (
            text("/state").unwrap(),
            step.unwrap_or_else(|| "nothing".to_owned()),
        )
    };
    linking.map(what).collect()
}

#[tokio::test]
async fn a_phone_that_only_scans_goes_from_the_code_to_the_connection() {
    let world = at(LinkStep::Qr).await;
    world.whatsapp.tell(linked());
    let scanned = wait_for(&world, is_at(LinkStep::Scanned)).await;
    assert_eq!(scanned.record.state, SessionState::Starting);
    world.whatsapp.tell(ClientEvent::Connected);
    let syncing = wait_for(&world, is_at(LinkStep::Syncing)).await;
    assert_eq!(syncing.record.state, SessionState::Connected);
    assert!(syncing.linking.unwrap().until.is_some());
    world.whatsapp.tell(ClientEvent::Synced);
    wait_for(&world, |view| view.linking.is_none()).await;
    // The mailbox is in order: what comes after has met what came before.
    world.session.start().await.unwrap();
    let told = told(&world).await;
    let told: Vec<_> = told
        .iter()
        .map(|(state, step)| (state.as_str(), step.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("linking", "qr"),
            ("starting", "scanned"),
            ("connected", "syncing"),
            ("connected", "nothing")
        ]
    );
}

#[tokio::test]
async fn a_passkey_is_asked_for_given_and_confirmed() {
    let world = at(LinkStep::Qr).await;
    let early = world.session.passkey().await;
    assert!(
        matches!(early, Err(SessionError::NoPasskeyPending)),
        "{early:?}"
    );

    world.whatsapp.tell(asked(PATIENCE));
    let required = wait_for(&world, is_at(LinkStep::PasskeyRequired)).await;
    assert_eq!(
        required.qr, None,
        "a code that was scanned is still on show"
    );
    let request = world.session.passkey().await.unwrap();
    assert_eq!(request.options.0, OPTIONS);
    assert_eq!(request.until, required.linking.unwrap().until);

    let view = world.session.give_passkey(assertion()).await.unwrap();
    assert_eq!(
        view.linking.map(|linking: Linking| linking.step),
        Some(CHECKING)
    );
    let twice = world.session.give_passkey(assertion()).await;
    assert!(
        matches!(twice, Err(SessionError::NoPasskeyPending)),
        "{twice:?}"
    );
    let given = Seen::Passkey(assertion());
    world.whatsapp.wait_for(|seen| seen.contains(&given)).await;
    let early = world.session.confirmation().await;
    assert!(
        matches!(early, Err(SessionError::NoConfirmationPending)),
        "{early:?}"
    );

    world.whatsapp.tell(taken(true));
    wait_for(&world, is_at(COMPARE)).await;
    let confirmation = world.session.confirmation().await.unwrap();
    assert_eq!(confirmation.code.0, "ABCD-1234");
    let view = world.session.compared(true).await.unwrap();
    assert_eq!(view.linking.unwrap().step, LinkStep::Scanned);
    world
        .whatsapp
        .wait_for(|seen| seen.last() == Some(&Seen::Confirmed))
        .await;
    assert!(world.session.confirmation().await.is_err());

    world.whatsapp.tell(linked());
    world.whatsapp.tell(ClientEvent::Synced);
    world.whatsapp.tell(ClientEvent::Connected);
    let done = wait_for(&world, |view| view.record.state == SessionState::Connected).await;
    assert_eq!((done.linking, done.link_failure), (None, None));
    let steps: Vec<String> = told(&world)
        .await
        .into_iter()
        .map(|(_, step)| step)
        .collect();
    let expected = [
        "qr",
        "passkeyRequired",
        "passkeyConfirmation",
        "passkeyConfirmation",
        "scanned",
    ];
    assert_eq!(steps, expected);
}

#[tokio::test]
async fn a_device_that_whatsapp_knows_needs_no_code() {
    let world = at(CHECKING).await;
    world.whatsapp.tell(taken(false));
    wait_for(&world, is_at(LinkStep::Scanned)).await;
    world
        .whatsapp
        .wait_for(|seen| seen.last() == Some(&Seen::Confirmed))
        .await;
    world.whatsapp.tell(linked());
    world.whatsapp.tell(ClientEvent::Connected);
    wait_for(&world, |view| view.record.state == SessionState::Connected).await;
}

#[tokio::test]
async fn it_can_be_cancelled_at_every_step_and_begun_again() {
    for step in [LinkStep::Qr, LinkStep::PasskeyRequired, CHECKING, COMPARE] {
        let world = at(step).await;
        let view = world.session.cancel_linking().await.unwrap();
        assert_eq!(view.record.state, SessionState::Linking, "{step:?}");
        // Once more does no harm.
        world.session.cancel_linking().await.unwrap();
        failed_and_begins_anew(&world, LinkFailureCode::Cancelled).await;
        let late = world.session.cancel_linking().await;
        assert!(late.is_ok() || matches!(late, Err(SessionError::NothingToCancel { .. })));
    }
}

#[tokio::test]
async fn a_phone_that_has_linked_is_unlinked_when_that_is_cancelled() {
    let world = at(LinkStep::Qr).await;
    world.whatsapp.tell(linked());
    world.whatsapp.tell(ClientEvent::Connected);
    wait_for(&world, is_at(LinkStep::Syncing)).await;
    let view = world.session.cancel_linking().await.unwrap();
    assert_eq!(
        (view.record.state, view.record.account),
        (SessionState::Linking, None)
    );
    let seen = world
        .whatsapp
        .wait_for(|seen| seen.last() == Some(&Seen::Closed))
        .await;
    assert!(seen.contains(&Seen::LoggedOut), "{seen:?}");
    failed_and_begins_anew(&world, LinkFailureCode::Cancelled).await;
}

#[tokio::test]
async fn a_session_that_is_linked_has_nothing_to_cancel() {
    let world = connected_session().await;
    world.whatsapp.tell(ClientEvent::Synced);
    wait_for(&world, |view| view.linking.is_none()).await;
    let refused = world.session.cancel_linking().await;
    assert!(
        matches!(refused, Err(SessionError::NothingToCancel { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn codes_that_differ_link_nothing() {
    let world = at(COMPARE).await;
    world.session.compared(false).await.unwrap();
    let seen = world
        .whatsapp
        .wait_for(|seen| seen.last() == Some(&Seen::Closed))
        .await;
    assert!(!seen.contains(&Seen::Confirmed), "{seen:?}");
    failed_and_begins_anew(&world, LinkFailureCode::CodeMismatch).await;
}

#[tokio::test]
async fn a_passkey_that_whatsapp_refuses_ends_the_attempt_and_says_why() {
    let world = at(LinkStep::PasskeyRequired).await;
    world.whatsapp.links.store(false, Ordering::SeqCst);
    world.session.give_passkey(assertion()).await.unwrap();
    let failed = wait_for(&world, |view| view.link_failure.is_some()).await;
    let detail = failed.link_failure.unwrap().detail;
    assert!(detail.contains("not this one"), "{detail}");
    failed_and_begins_anew(&world, LinkFailureCode::PasskeyRejected).await;
}

#[tokio::test]
async fn every_step_of_the_passkey_ends_at_its_time() {
    for steps in 1..=4 {
        let world = at(LinkStep::Qr).await;
        world.whatsapp.tell(asked(Duration::from_millis(300)));
        wait_for(&world, is_at(LinkStep::PasskeyRequired)).await;
        if steps >= 2 {
            world.session.give_passkey(assertion()).await.unwrap();
        }
        if steps >= 3 {
            world.whatsapp.tell(taken(true));
            wait_for(&world, is_at(COMPARE)).await;
        }
        if steps >= 4 {
            world.session.compared(true).await.unwrap();
        }
        failed_and_begins_anew(&world, LinkFailureCode::PasskeyTimeout).await;
    }
}

#[tokio::test]
async fn a_lost_connection_ends_what_hangs_on_it_and_not_the_codes_to_scan() {
    let cause = || Cause::new(CauseCode::Network, "gone");
    let world = at(LinkStep::Qr).await;
    world
        .whatsapp
        .tell(ClientEvent::Disconnected { cause: cause() });
    let lost = wait_for(&world, |view| view.record.cause.is_some()).await;
    assert_eq!(
        (lost.qr, lost.linking, lost.link_failure),
        (None, None, None)
    );
    world.whatsapp.tell(qr("of the new connection"));
    wait_for(&world, is_at(LinkStep::Qr)).await;

    let world = at(COMPARE).await;
    world
        .whatsapp
        .tell(ClientEvent::Disconnected { cause: cause() });
    failed_and_begins_anew(&world, LinkFailureCode::Network).await;
}

#[tokio::test]
async fn a_code_to_type_is_a_step_that_lasts_as_long_as_the_code() {
    let world = at(LinkStep::Qr).await;
    let phone = Phone::parse("5511900000001").unwrap();
    let code = world.session.pairing_code(phone.clone()).await.unwrap();
    let linking = world.session.view().linking.unwrap();
    assert_eq!(
        (linking.step, linking.until),
        (LinkStep::Code, Some(code.expires_at))
    );
    // The codes to scan go on beside it, and another one can be asked for.
    world.whatsapp.tell(qr("second"));
    wait_for(&world, |view| {
        view.qr.as_ref().is_some_and(|qr| qr.text == "second")
    })
    .await;
    assert_eq!(world.session.view().linking.unwrap().step, LinkStep::Code);
    world.session.pairing_code(phone).await.unwrap();
    world.whatsapp.tell(ClientEvent::CodeDead {
        failure: LinkFailureCode::CodeExpired,
        said: "a new one, please".to_owned(),
    });
    failed_and_begins_anew(&world, LinkFailureCode::CodeExpired).await;
}

#[tokio::test]
async fn a_code_to_type_that_is_refused_leaves_the_one_to_scan() {
    let world = at(LinkStep::Qr).await;
    world.whatsapp.links.store(false, Ordering::SeqCst);
    let refused = world
        .session
        .pairing_code(Phone::parse("5511900000001").unwrap())
        .await;
    assert!(
        matches!(refused, Err(SessionError::Throttled { .. })),
        "{refused:?}"
    );
    let view = world.session.view();
    assert_eq!(
        view.link_failure.unwrap().code,
        LinkFailureCode::RateLimited
    );
    assert_eq!(
        (view.linking.unwrap().step, view.qr.unwrap().text.as_str()),
        (LinkStep::Qr, "first")
    );
    // The mailbox is in order: what comes after has met what came before.
    world.session.start().await.unwrap();
    assert_eq!(told(&world).await.len(), 2);
}

#[tokio::test]
async fn what_the_client_names_ends_the_attempt_by_that_name() {
    for failure in [
        LinkFailureCode::HostedAccountUnsupported,
        LinkFailureCode::Refused,
    ] {
        let world = at(LinkStep::Qr).await;
        let said = "code 401".to_owned();
        world
            .whatsapp
            .tell(ClientEvent::LinkFailed { failure, said });
        failed_and_begins_anew(&world, failure).await;
    }
}

#[tokio::test]
async fn an_outdated_client_fails_the_session_by_name_and_a_start_tries_again() {
    let world = at(LinkStep::Qr).await;
    let cause = Cause::new(CauseCode::Outdated, "update");
    world.whatsapp.tell(ClientEvent::Ended { cause });
    let failed = wait_for(&world, |view| view.record.state == SessionState::Failed).await;
    assert_eq!(
        failed.link_failure.unwrap().code,
        LinkFailureCode::ClientOutdated
    );
    assert_eq!(failed.linking, None);
    let view = world.session.start().await.unwrap();
    assert_eq!(
        (view.record.state, view.link_failure),
        (SessionState::Starting, None)
    );
    opened(&world, 2).await;
    assert_ne!(world.whatsapp.files()[0], world.whatsapp.files()[1]);
}

#[tokio::test]
async fn a_crash_while_a_phone_is_linked_leaves_no_keys_and_no_step() {
    let world = at(COMPARE).await;
    world.whatsapp.tell(ClientEvent::Panicked {
        text: "on purpose".to_owned(),
    });
    opened(&world, 2).await;
    assert_eq!(world.session.view().linking, None);
    let files = world.whatsapp.files();
    assert_ne!(files[0], files[1]);
    assert_eq!(key_files(&world), [files[1].clone()]);
}

#[tokio::test]
async fn nothing_is_opened_while_a_phone_is_unlinked_and_whoever_stops_meanwhile_gets_that() {
    for stops in [false, true] {
        let world = at(LinkStep::Qr).await;
        world.whatsapp.tell(linked());
        wait_for(&world, is_at(LinkStep::Scanned)).await;
        // It is not connected yet, so that unlinking it takes its time.
        let meanwhile = async {
            wait_for(&world, |view| view.linking.is_none()).await;
            if stops {
                world.session.stop().await.unwrap();
            } else {
                world.session.restart().await.unwrap();
            }
        };
        let (cancelled, ()) = tokio::join!(world.session.cancel_linking(), meanwhile);
        assert_eq!(cancelled.unwrap().record.account, None);
        assert_eq!(world.whatsapp.opened(), 1);
        let wanted = if stops {
            SessionState::Stopped
        } else {
            SessionState::Linking
        };
        wait_for(&world, |view| view.record.state == wanted).await;
        assert!(key_files(&world).is_empty());
        world.session.start().await.unwrap();
        opened(&world, 2).await;
    }
}

#[tokio::test]
async fn how_often_a_client_connected_to_be_linked_is_no_sign_of_a_bad_connection() {
    let world = at(LinkStep::Qr).await;
    world.whatsapp.tell(linked());
    wait_for(&world, is_at(LinkStep::Scanned)).await;
    world.whatsapp.reconnects.store(2, Ordering::SeqCst);
    world.whatsapp.tell(ClientEvent::Connected);
    wait_for(&world, |view| view.record.state == SessionState::Connected).await;
    assert_eq!(world.session.view().health.reconnects, 0);
    world.whatsapp.reconnects.store(3, Ordering::SeqCst);
    assert_eq!(world.session.view().health.reconnects, 1);
    world.session.restart().await.unwrap();
    world.whatsapp.reconnects.store(0, Ordering::SeqCst);
    opened(&world, 2).await;
    assert_eq!(world.session.view().health.reconnects, 1);
}

#[tokio::test]
async fn a_phone_that_links_in_the_moment_of_a_cancel_is_unlinked() {
    let world = at(LinkStep::Qr).await;
    for known in [&world.whatsapp.linked, &world.whatsapp.connected] {
        known.store(true, Ordering::SeqCst);
    }
    world.session.cancel_linking().await.unwrap();
    let seen = world
        .whatsapp
        .wait_for(|seen| seen.last() == Some(&Seen::Closed))
        .await;
    assert!(seen.contains(&Seen::LoggedOut), "{seen:?}");
    world.whatsapp.linked.store(false, Ordering::SeqCst);
    failed_and_begins_anew(&world, LinkFailureCode::Cancelled).await;
}

#[tokio::test]
async fn a_cancel_before_the_client_is_open_leaves_no_keys_either() {
    let world = at(LinkStep::Qr).await;
    for _ in 0..20 {
        world.session.cancel_linking().await.unwrap();
        world.session.begin_linking().await.unwrap();
    }
    let shown = async {
        let key = world.session.view().record.store_key;
        let file = world.state.path().join(format!("{key}.db"));
        let seen = |_: &[Seen]| world.whatsapp.files().last() == Some(&file);
        world.whatsapp.wait_for(seen).await;
        world.whatsapp.tell(qr("after all"));
        wait_for(&world, is_at(LinkStep::Qr)).await;
        file
    };
    let file = shown.await;
    assert_eq!(key_files(&world), [file]);
}

#[tokio::test]
async fn what_went_wrong_with_a_code_is_forgotten_when_a_phone_takes_another() {
    let world = at(LinkStep::Qr).await;
    world.whatsapp.links.store(false, Ordering::SeqCst);
    let phone = Phone::parse("5511900000001").unwrap();
    for _ in 0..3 {
        assert!(world.session.pairing_code(phone.clone()).await.is_err());
    }
    assert_eq!(told(&world).await.len(), 2, "the same failure is told once");
    world.whatsapp.tell(linked());
    let scanned = wait_for(&world, is_at(LinkStep::Scanned)).await;
    assert_eq!(scanned.link_failure, None);
}

//! Links that need a passkey, from a scan and from a typed code.

use std::time::Duration;

use wamux_simulator::{ControlError, Gate, PasskeyRegistration, Scanned, Simulator};
use whatsapp_rust::pair_code::PairCodeOptions;
use whatsapp_rust::passkey::{Assertion, PasskeyError};
use whatsapp_rust::prelude::*;
use whatsapp_rust::store::commands::DeviceCommand;

use crate::authenticator::Authenticator;
use crate::companion::{Companion, all_known, simulator};

pub(crate) const ANN: &str = "4915112345678";

/// How a companion comes to a phone.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Scan,
    Code,
}

pub(crate) const BOTH: [By; 2] = [By::Scan, By::Code];

/// A companion shows what it has to show, and the user of Ann's phone scans or types it.
pub(crate) async fn enter(
    companion: &mut Companion,
    simulator: &Simulator,
    by: By,
) -> Result<Scanned, ControlError> {
    let shown = companion.qr_code().await;
    enter_shown(companion, simulator, (by, &shown)).await
}

/// The same, with the QR code that it has shown already.
async fn enter_shown(
    companion: &Companion,
    simulator: &Simulator,
    (by, shown): (By, &str),
) -> Result<Scanned, ControlError> {
    match by {
        By::Scan => simulator.scan_qr(shown, Some(ANN)).await,
        By::Code => {
            let code = companion.client.pair_with_code(for_ann()).await.unwrap();
            simulator.enter_code(ANN, &code).await
        }
    }
}

/// A wish for a code that the user of Ann's phone is to type.
pub(crate) fn for_ann() -> PairCodeOptions {
    PairCodeOptions {
        phone_number: ANN.to_owned(),
        ..PairCodeOptions::default()
    }
}

/// Makes Ann's phone with a passkey behind a gate.
fn behind(simulator: &Simulator, gate: Gate) -> Authenticator {
    simulator.create_phone(Some(ANN), "Ann").unwrap();
    let made = simulator
        .passkey(ANN, PasskeyRegistration::default())
        .unwrap();
    simulator.gate(ANN, gate, None).unwrap();
    Authenticator::new(&made.unwrap())
}

/// Waits until a companion is asked for the passkey.
async fn asked(companion: &mut Companion) -> String {
    companion
        .expect("PairPasskeyRequest", |event| match event {
            Event::PairPasskeyRequest(asked) => Some(asked.request_options_json.clone()),
            _ => None,
        })
        .await
}

/// Waits for that, signs, and sends the answer.
async fn answer(companion: &mut Companion, passkey: &Authenticator) -> Result<(), PasskeyError> {
    let options = asked(companion).await;
    let assertion = Assertion {
        assertion_json: passkey.sign(&options).to_string().into_bytes(),
        credential_id: passkey.credential_id().to_vec(),
    };
    companion.client.send_passkey_response(assertion).await
}

/// Waits for the code to compare, and whether it may be left out.
async fn compared(companion: &mut Companion) -> (String, bool) {
    companion
        .expect("PairPasskeyConfirmation", |event| match event {
            Event::PairPasskeyConfirmation(shown) => {
                Some((shown.code.clone(), shown.skip_handoff_ux))
            }
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_gate_asks_nobody_for_a_passkey() {
    for by in BOTH {
        let simulator = simulator(None).await;
        behind(&simulator, Gate::Off);
        let mut companion = Companion::new(&simulator, "Ann").await;
        enter(&mut companion, &simulator, by).await.unwrap();
        companion.connected().await;
        let asked = |line: &str| line.contains("passkey_prologue_request");
        assert!(!simulator.trace().iter().any(|entry| asked(&entry.stanza)));
        all_known(&simulator);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companion_links_with_the_passkey_when_both_sides_show_the_same_code() {
    for (gate, by) in [
        (Gate::On, By::Scan),
        (Gate::On, By::Code),
        (Gate::Code, By::Scan),
        (Gate::Code, By::Code),
    ] {
        let simulator = simulator(None).await;
        let passkey = behind(&simulator, gate);
        let mut companion = Companion::new(&simulator, "Ann").await;
        let scanned = enter(&mut companion, &simulator, by).await.unwrap();
        assert_eq!((scanned.phone.as_str(), scanned.device), (ANN, 1));
        answer(&mut companion, &passkey).await.unwrap();
        let (code, skip) = compared(&mut companion).await;
        assert!(!skip);
        assert_eq!(simulator.confirm(ANN, Some(true)).await.unwrap(), code);
        companion.client.send_passkey_confirmation().await.unwrap();
        companion.connected().await;
        let phone = simulator.phone(ANN).unwrap();
        assert_eq!(phone.devices.len(), 1, "{gate:?} {by:?}");
        let mut companion = companion.restarted(&simulator).await;
        companion.connected().await;
        all_known(&simulator);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companion_that_was_linked_before_needs_no_code() {
    for by in BOTH {
        let simulator = simulator(None).await;
        let passkey = behind(&simulator, Gate::Off);
        let (mut companion, first) = Companion::linked(&simulator, "Ann", Some(ANN)).await;
        simulator.gate(ANN, Gate::On, None).unwrap();
        simulator.remove_device(ANN, first.device).unwrap();
        companion.ended().await;
        // The library keeps all of a lost link; without its number it registers anew.
        let store = companion.client.persistence_manager();
        store.process_command(DeviceCommand::SetId(None)).await;
        store.flush().await.unwrap();
        let mut companion = companion.resumed(&simulator).await;
        let second = enter(&mut companion, &simulator, by).await.unwrap();
        assert_eq!(second.device, 2);
        answer(&mut companion, &passkey).await.unwrap();
        let (_, skip) = compared(&mut companion).await;
        assert!(skip);
        if let By::Scan = by {
            let shown = simulator.confirm(ANN, None).await;
            assert!(matches!(shown, Err(ControlError::NothingShown(_))));
        }
        companion.client.send_passkey_confirmation().await.unwrap();
        companion.connected().await;
        all_known(&simulator);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_shows_no_code_before_the_passkey_is_accepted() {
    let simulator = simulator(None).await;
    behind(&simulator, Gate::Code);
    let mut companion = Companion::new(&simulator, "Ann").await;
    enter(&mut companion, &simulator, By::Scan).await.unwrap();
    asked(&mut companion).await;
    let shown = simulator.confirm(ANN, None).await;
    assert!(matches!(shown, Err(ControlError::NothingShown(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_somebody_in_between_the_codes_differ_and_the_link_cannot_be_finished() {
    for by in BOTH {
        let simulator = simulator(None).await;
        let passkey = behind(&simulator, Gate::WrongCode);
        let mut companion = Companion::new(&simulator, "Ann").await;
        enter(&mut companion, &simulator, by).await.unwrap();
        answer(&mut companion, &passkey).await.unwrap();
        let (code, skip) = compared(&mut companion).await;
        assert!(!skip);
        assert_ne!(simulator.confirm(ANN, Some(false)).await.unwrap(), code);
        assert!(companion.client.send_passkey_confirmation().await.is_err());
        assert!(simulator.phone(ANN).unwrap().devices.is_empty());
        all_known(&simulator);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companion_that_goes_on_is_refused_when_the_codes_differ_or_the_phone_says_so() {
    for (gate, says) in [(Gate::WrongCode, None), (Gate::Code, Some(false))] {
        let simulator = simulator(None).await;
        let passkey = behind(&simulator, gate);
        let mut companion = Companion::new(&simulator, "Ann").await;
        enter(&mut companion, &simulator, By::Scan).await.unwrap();
        answer(&mut companion, &passkey).await.unwrap();
        compared(&mut companion).await;
        simulator.confirm(ANN, says).await.unwrap();
        let refused = companion.client.send_passkey_confirmation().await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("encrypted_pairing_request"), "{refused}");
        assert!(simulator.phone(ANN).unwrap().devices.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_that_comes_late_is_refused() {
    for by in BOTH {
        let simulator = simulator(None).await;
        let passkey = behind(&simulator, Gate::On);
        let brief = Some(Duration::from_millis(1));
        simulator.gate(ANN, Gate::On, brief).unwrap();
        let mut companion = Companion::new(&simulator, "Ann").await;
        enter(&mut companion, &simulator, by).await.unwrap();
        let refused = answer(&mut companion, &passkey).await.unwrap_err();
        assert!(refused.to_string().contains("401"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_passkey_can_be_followed_by_another_try_on_the_same_connection() {
    for by in BOTH {
        let simulator = simulator(None).await;
        let passkey = behind(&simulator, Gate::Reject);
        let mut companion = Companion::new(&simulator, "Ann").await;
        let shown = companion.qr_code().await;
        let begun = enter_shown(&companion, &simulator, (by, &shown)).await;
        begun.unwrap();
        assert!(answer(&mut companion, &passkey).await.is_err());
        simulator.gate(ANN, Gate::Code, None).unwrap();
        simulator.scan_qr(&shown, Some(ANN)).await.unwrap();
        answer(&mut companion, &passkey).await.unwrap();
        let (code, _) = compared(&mut companion).await;
        assert_eq!(simulator.confirm(ANN, None).await.unwrap(), code);
        companion.client.send_passkey_confirmation().await.unwrap();
        companion.connected().await;
        all_known(&simulator);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_passkey_of_somebody_else_is_refused() {
    let simulator = simulator(None).await;
    let old = behind(&simulator, Gate::On);
    behind(&simulator, Gate::On);
    let mut companion = Companion::new(&simulator, "Ann").await;
    enter(&mut companion, &simulator, By::Scan).await.unwrap();
    let refused = answer(&mut companion, &old).await.unwrap_err();
    assert!(refused.to_string().contains("401"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_without_a_passkey_does_not_come_to_its_gate() {
    let simulator = simulator(None).await;
    simulator.create_phone(Some(ANN), "Ann").unwrap();
    simulator.gate(ANN, Gate::On, None).unwrap();
    let mut companion = Companion::new(&simulator, "Ann").await;
    let refused = enter(&mut companion, &simulator, By::Scan).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("/admin/phone/passkey"), "{refused}");
}

/// The library keeps the open attempt for ever, and cannot be told to forget it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_silence_whatsapp_rust_0_7_0_takes_no_other_passkey_until_it_is_started_anew() {
    for by in BOTH {
        let simulator = simulator(None).await;
        let passkey = behind(&simulator, Gate::Silent);
        let mut companion = Companion::new(&simulator, "Ann").await;
        let shown = companion.qr_code().await;
        let begun = enter_shown(&companion, &simulator, (by, &shown)).await;
        begun.unwrap();
        answer(&mut companion, &passkey).await.unwrap();
        let went_on = |line: &str| line.contains("crsc_continuation");
        assert!(!simulator.trace().iter().any(|entry| went_on(&entry.stanza)));

        simulator.gate(ANN, Gate::Code, None).unwrap();
        simulator.scan_qr(&shown, Some(ANN)).await.unwrap();
        let refused = answer(&mut companion, &passkey).await.unwrap_err();
        assert!(refused.to_string().contains("already in progress"));

        let mut companion = companion.restarted(&simulator).await;
        enter(&mut companion, &simulator, By::Scan).await.unwrap();
        answer(&mut companion, &passkey).await.unwrap();
        compared(&mut companion).await;
        companion.client.send_passkey_confirmation().await.unwrap();
        companion.connected().await;
    }
}

/// Its clock for QR codes goes on beside the passkey: about 160 seconds after it has connected it hangs up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatsapp_rust_0_7_0_hangs_up_on_a_passkey_when_its_qr_codes_run_out() {
    let simulator = simulator(None).await;
    behind(&simulator, Gate::On);
    let mut companion = Companion::new(&simulator, "Ann").await;
    enter(&mut companion, &simulator, By::Scan).await.unwrap();
    asked(&mut companion).await;
    simulator.expire_refs();
    companion.ended().await;
}

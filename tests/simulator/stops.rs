//! What else stops a link, and what the client sees of it.

use std::time::Duration;

use wamux_simulator::ControlError;
use whatsapp_rust::pair_code::PairCodeRejection;
use whatsapp_rust::prelude::*;

use crate::companion::{Companion, all_known, simulator};
use crate::gate::{ANN, BOTH, By, enter, for_ann};

/// Mended in the library after 0.7.0; when this fails, a newer one links such accounts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatsapp_rust_0_7_0_refuses_a_hosted_account_and_is_unlinked() {
    for by in BOTH {
        let simulator = simulator(None).await;
        simulator.create_phone(Some(ANN), "Ann").unwrap();
        simulator.hosted(ANN, true).unwrap();
        let mut companion = Companion::new(&simulator, "Ann").await;
        let refused = enter(&mut companion, &simulator, by).await;
        let Err(ControlError::Refused(reason)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(reason, "signature-mismatch");
        let error = companion
            .expect("PairError", |event| match event {
                Event::PairError(error) => Some((error.error.clone(), error.platform.clone())),
                _ => None,
            })
            .await;
        assert!(error.0.contains("signature"), "{}", error.0);
        assert_eq!(error.1, "smba");
        companion
            .expect("LoggedOut", |event| {
                matches!(event, Event::LoggedOut(_)).then_some(())
            })
            .await;
        assert!(simulator.phone(ANN).unwrap().devices.is_empty());
        all_known(&simulator);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_account_scans_nothing_and_the_client_goes_on_showing_its_code() {
    for by in BOTH {
        let simulator = simulator(None).await;
        simulator.create_phone(Some(ANN), "Ann").unwrap();
        simulator.full(ANN, true).unwrap();
        let mut companion = Companion::new(&simulator, "Ann").await;
        let shown = companion.qr_code().await;
        let code = match by {
            By::Scan => None,
            By::Code => Some(companion.client.pair_with_code(for_ann()).await.unwrap()),
        };
        for full in [true, false] {
            simulator.full(ANN, full).unwrap();
            let linked = match &code {
                None => simulator.scan_qr(&shown, Some(ANN)).await,
                Some(code) => simulator.enter_code(ANN, code).await,
            };
            match linked {
                Ok(linked) => assert_eq!((full, linked.device), (false, 1)),
                Err(error) => assert!(full && error.to_string().contains("as many linked")),
            }
        }
        companion.connected().await;
        all_known(&simulator);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outdated_client_is_told_so_linked_or_not() {
    let simulator = simulator(None).await;
    let (linked, _) = Companion::linked(&simulator, "Ann", None).await;
    let stopped = linked.stop().await;
    simulator.outdated(true);
    let mut linked = Companion::resume(&simulator, stopped).await;
    let mut new = Companion::new(&simulator, "Bob").await;
    for companion in [&mut linked, &mut new] {
        companion
            .expect("ClientOutdated", |event| {
                matches!(event, Event::ClientOutdated(_)).then_some(())
            })
            .await;
        companion.ended().await;
    }
    simulator.outdated(false);
    linked.resumed(&simulator).await.connected().await;
    new.resumed(&simulator).await.qr_code().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_qr_codes_cannot_be_scanned_and_the_client_says_that_it_has_no_more() {
    let simulator = simulator(None).await;
    simulator.set_refs_ttl(Some(Duration::from_millis(100)));
    let mut companion = Companion::new(&simulator, "Ann").await;
    let shown = companion.qr_code().await;
    let disconnected = companion.exhausted().await;
    assert!(disconnected);
    companion.ended().await;
    assert!(simulator.scan_qr(&shown, Some(ANN)).await.is_err());
    simulator.set_refs_ttl(None);
    let mut companion = companion.resumed(&simulator).await;
    enter(&mut companion, &simulator, By::Scan).await.unwrap();
    companion.connected().await;
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typed_code_outlives_the_qr_codes() {
    let simulator = simulator(None).await;
    let mut companion = Companion::new(&simulator, "Ann").await;
    companion.qr_code().await;
    let code = companion.client.pair_with_code(for_ann()).await.unwrap();
    simulator.expire_refs();
    let disconnected = companion.exhausted().await;
    assert!(!disconnected);
    simulator.enter_code(ANN, &code).await.unwrap();
    companion.connected().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_wants_codes_too_often_is_told_so_and_can_ask_later() {
    let simulator = simulator(None).await;
    simulator.create_phone(Some(ANN), "Ann").unwrap();
    let mut companion = Companion::new(&simulator, "Ann").await;
    companion.qr_code().await;
    for (error, rejection) in [
        (400, PairCodeRejection::BadRequest),
        (429, PairCodeRejection::RateOverlimit),
    ] {
        simulator.throttle(ANN, Some(error)).unwrap();
        let refused = companion.client.pair_with_code(for_ann()).await;
        assert_eq!(refused.unwrap_err().rejection(), Some(rejection));
        let told = companion
            .expect("PairingCodeError", |event| match event {
                Event::PairingCodeError(told) => Some(told.rejection),
                _ => None,
            })
            .await;
        assert!(told.is_some_and(PairCodeRejection::is_throttled));
    }
    simulator.throttle(ANN, None).unwrap();
    let code = companion.client.pair_with_code(for_ann()).await.unwrap();
    simulator.enter_code(ANN, &code).await.unwrap();
    companion.connected().await;
    all_known(&simulator);
}

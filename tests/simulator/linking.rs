//! Linking a companion and logging it in again.

use whatsapp_rust::pair_code::PairCodeOptions;
use whatsapp_rust::prelude::*;

use crate::companion::{Companion, all_known, simulator};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanned_client_is_linked_and_connects() {
    let simulator = simulator(None).await;
    let (companion, scanned) = Companion::linked(&simulator, "Ada", None).await;
    assert_eq!(
        companion.client.pn().unwrap(),
        Jid::pn_device(scanned.phone.as_str(), 1)
    );
    assert_eq!(
        companion.client.lid().unwrap(),
        Jid::lid_device(scanned.lid.as_str(), 1)
    );
    let phone = simulator.phone(&scanned.phone).unwrap();
    assert_eq!(phone.name, "Ada");
    assert_eq!(phone.devices.len(), 1);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_clients_with_one_push_name_share_an_account_and_the_named_phone_wins() {
    let simulator = simulator(None).await;
    let (_first, one) = Companion::linked(&simulator, "Ada", None).await;
    let (_second, two) = Companion::linked(&simulator, "Ada", None).await;
    let (_third, other) = Companion::linked(&simulator, "Ada", Some("4915112345678")).await;
    assert_eq!(
        (one.phone.as_str(), one.device, two.device),
        (two.phone.as_str(), 1, 2)
    );
    assert_eq!((other.phone.as_str(), other.device), ("4915112345678", 1));
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typed_code_links_a_client_and_a_wrong_one_does_not() {
    let simulator = simulator(None).await;
    let mut companion = Companion::new(&simulator, "Ada").await;
    companion.qr_code().await;
    let options = PairCodeOptions {
        phone_number: "4915112345678".to_owned(),
        ..PairCodeOptions::default()
    };
    let code = companion
        .client
        .pair_with_code(options.clone())
        .await
        .unwrap();
    let linked = simulator.enter_code("4915112345678", &code).await.unwrap();
    assert_eq!((linked.phone.as_str(), linked.device), ("4915112345678", 1));
    companion.connected().await;
    assert!(
        simulator
            .enter_code("4915112345678", "AAAAAAAA")
            .await
            .is_err()
    );
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_refuses_what_no_client_shows() {
    let simulator = simulator(None).await;
    assert!(simulator.scan_qr("nonsense", None).await.is_err());
    let mut companion = Companion::new(&simulator, "").await;
    let code = companion.qr_code().await;
    let mut parts: Vec<&str> = code.split(',').collect();
    parts[0] = "2@unknown";
    assert!(simulator.scan_qr(&parts.join(","), None).await.is_err());
    assert!(simulator.scan_qr(&code, None).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_client_comes_back_with_the_short_handshake_and_with_the_long_one() {
    let simulator = simulator(None).await;
    let (companion, _) = Companion::linked(&simulator, "Ada", None).await;
    let mut companion = companion.restarted(&simulator).await;
    companion.connected().await;
    simulator.refuse_ik(true);
    let mut companion = companion.restarted(&simulator).await;
    companion.connected().await;
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_whose_socket_is_cut_comes_back_by_itself() {
    let simulator = simulator(None).await;
    let (mut companion, scanned) = Companion::linked(&simulator, "Ada", None).await;
    assert_eq!(simulator.kick(&scanned.phone, None).unwrap(), 1);
    companion
        .expect("Disconnected", |event| {
            matches!(event, Event::Disconnected(_)).then_some(())
        })
        .await;
    companion.connected().await;
    all_known(&simulator);
}

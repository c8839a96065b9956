//! The ways in which WhatsApp ends a session: each has its name, and none is tried again by itself, but for a ban that is
//! over.

use crate::daemon::Daemon;
use crate::daemon::simulator;
use serde_json::json;

const ANA: &str = "5511900000001";

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_removed_on_the_phone_is_logged_out() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let device = simulator.phone(ANA).unwrap().devices[0].device;
    simulator.remove_device(ANA, device).unwrap();
    let ended = daemon.wait_for_state("ana", "loggedOut").await;
    assert_eq!(
        (&ended["cause"]["code"], &ended["phone"], &ended["restarts"]),
        (&json!("loggedOut"), &json!(null), &json!(0)),
        "{ended}"
    );
    daemon.kill().await;
    let daemon = daemon.again().await;
    assert_eq!(
        daemon.get("/api/sessions/ana").await.body["state"],
        "loggedOut"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_removed_while_the_daemon_was_down_is_logged_out() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.terminate().await;
    let device = simulator.phone(ANA).unwrap().devices[0].device;
    simulator.remove_device(ANA, device).unwrap();
    let daemon = daemon.again().await;
    assert_eq!(
        daemon.wait_for_state("ana", "loggedOut").await["cause"]["code"],
        "loggedOut"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_logged_in_elsewhere_is_replaced_and_does_not_fight() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    simulator.replace(ANA, None).unwrap();
    assert_eq!(
        daemon.wait_for_state("ana", "failed").await["cause"]["code"],
        "replaced"
    );
    daemon.kill().await;
    let daemon = daemon.again().await;
    let after = daemon.get("/api/sessions/ana").await.body;
    assert_eq!(
        (&after["state"], &after["cause"]["code"]),
        (&json!("failed"), &json!("replaced"))
    );
    daemon.post("/api/sessions/ana/start", json!(null)).await;
    daemon.wait_for_state("ana", "connected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_logins_are_named_and_not_tried_again() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    simulator.ban(ANA, 101, 3600).unwrap();
    simulator.kick(ANA, None).unwrap();
    let banned = daemon.wait_for_state("ana", "failed").await;
    assert_eq!(banned["cause"]["code"], "tempBan");
    assert!(
        banned["cause"]["until"].as_str().unwrap() > banned["since"].as_str().unwrap(),
        "{banned}"
    );

    for (reason, code) in [(405, "outdated"), (418, "refused")] {
        simulator.forgive(ANA).unwrap();
        simulator.refuse(ANA, reason).unwrap();
        daemon.post("/api/sessions/ana/start", json!(null)).await;
        daemon
            .wait_for("/api/sessions/ana", |session| {
                session["state"] == "failed" && session["cause"]["code"] == code
            })
            .await;
    }
    simulator.forgive(ANA).unwrap();
    let started = daemon.post("/api/sessions/ana/start", json!(null)).await;
    assert_eq!(started.status, 200);
    let connected = daemon.wait_for_state("ana", "connected").await;
    assert_eq!(connected["restarts"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_that_is_over_ends_by_itself() {
    let simulator = simulator().await;
    let settings = [("WHATSAPP__PROBE_AFTER_SECS", "1")];
    let daemon = Daemon::start_with(&simulator, &settings).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    simulator.ban(ANA, 101, 3).unwrap();
    let banned = daemon
        .wait_for("/api/sessions/ana", |session| {
            session["state"] == "failed" && session["nextRetryAt"].is_string()
        })
        .await;
    assert_eq!(banned["cause"]["code"], "tempBan", "{banned:#}");
    assert_eq!(banned["nextRetryAt"], banned["cause"]["until"]);
    simulator.forgive(ANA).unwrap();
    daemon.wait_for_state("ana", "connected").await;
}

//! A crash in one session is that session's alone.

use crate::daemon::Daemon;
use crate::daemon::simulator;
use futures::future::join_all;
use serde_json::json;
use std::time::Duration;
use std::time::Instant;

const ANA: &str = "5511900000001";
const EVA: &str = "5511900000003";
/// How many other sessions send while one crashes.
const OTHERS: usize = 50;
/// A send beside a crash counts as slow from here on.
const SLOW: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_actor_or_in_the_client_restarts_that_session_alone() {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, &[("LIMITS__RESTART_BACKOFF_MIN_MS", "10")]).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let phone = |number: usize| format!("55119100{number:05}");
    for number in 0..OTHERS {
        daemon
            .pair(
                &simulator,
                "others",
                &format!("other-{number}"),
                &phone(number),
            )
            .await;
    }

    for (round, at) in ["actor", "client"].into_iter().enumerate() {
        let path = format!("/api/sandbox/sessions/ana/crash?at={at}");
        let crash = daemon.post(&path, json!(null));
        let sends = (0..OTHERS).map(|number| {
            let daemon = &daemon;
            async move {
                let started = Instant::now();
                daemon
                    .send(&format!("other-{number}"), EVA, &format!("{at} {number}"))
                    .await;
                started.elapsed()
            }
        });
        let (crash, times) = tokio::join!(crash, join_all(sends));
        assert_eq!(crash.status, 202, "{crash:?}");
        let slowest = times.into_iter().max().unwrap();
        assert!(
            slowest < SLOW,
            "the slowest send beside a crash took {slowest:?}"
        );
        let restarts = round as u64 + 1;
        daemon
            .wait_for("/api/sessions/ana", |session| {
                session["restarts"] == restarts && session["state"] == "connected"
            })
            .await;
        daemon
            .send("ana", EVA, &format!("back after a crash in the {at}"))
            .await;
    }
    let others = daemon
        .get("/api/sessions?clientId=others&limit=100")
        .await
        .body;
    assert!(
        others["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|session| session["restarts"] == 0 && session["state"] == "connected")
    );
    let arrived = simulator.inbox(EVA).unwrap().len();
    assert_eq!(arrived, 2 * OTHERS + 2);
    assert_eq!(
        simulator.unknown_stanzas(),
        0,
        "{:?}",
        simulator.unknown_list()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_crashes_again_and_again_fails_visibly_and_can_be_started_by_hand() {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(
        &simulator,
        &[
            ("LIMITS__RESTART_BACKOFF_MIN_MS", "10"),
            ("LIMITS__RESTART_BUDGET", "2"),
        ],
    )
    .await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    for crashes in 1..=3 {
        daemon
            .post("/api/sandbox/sessions/ana/crash?at=actor", json!(null))
            .await;
        let after = if crashes <= 2 { "connected" } else { "failed" };
        daemon
            .wait_for("/api/sessions/ana", |session| {
                session["restarts"] == crashes && session["state"] == after
            })
            .await;
    }
    let failed = daemon.get("/api/sessions/ana").await.body;
    assert_eq!(failed["cause"]["code"], "crashLoop", "{failed}");
    daemon.post("/api/sessions/ana/start", json!(null)).await;
    daemon.wait_for_state("ana", "connected").await;
}

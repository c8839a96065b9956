//! The daemon that is killed, the sessions in it, the phones around it, and the faults in between.

use crate::Plan;
use crate::daemon::Daemon;
use crate::daemon::simulator;
use crate::load::Said;
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use wamux_simulator::Chances;
use wamux_simulator::FaultPlan;
use wamux_simulator::Simulator;

/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(250);
/// Answers come sooner than in production, so that a lost one is noticed within the life of the daemon.
const SETTINGS: [(&str, &str); 7] = [
    ("WHATSAPP__ACK_TIMEOUT_SECS", "2"),
    ("WHATSAPP__PROBE_AFTER_SECS", "5"),
    ("WHATSAPP__PROBE_TIMEOUT_SECS", "3"),
    ("LIMITS__OUTBOX_PER_SESSION", "50"),
    ("LIMITS__SEND_WAIT_SECS", "2"),
    ("LIMITS__RESTART_BUDGET", "1000"),
    ("LOG__LEVEL", "info"),
];

pub(crate) struct World {
    pub(crate) simulator: Arc<Simulator>,
    pub(crate) sessions: Vec<Session>,
    /// Phones without a client.
    pub(crate) friends: Vec<String>,
    /// Where the daemon listens now.
    pub(crate) url: watch::Sender<String>,
    daemon: Option<Daemon>,
    rng: StdRng,
}

/// A session and the number of its phone.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) phone: String,
}

impl World {
    pub(crate) async fn build(plan: &Plan) -> Self {
        let simulator = Arc::new(simulator().await);
        let daemon = Daemon::start_with(&simulator, &SETTINGS).await;
        let friends: Vec<_> = (0..plan.sessions)
            .map(|number| format!("55118800{number:05}"))
            .collect();
        for friend in &friends {
            simulator.create_phone(Some(friend), "Friend").unwrap();
        }
        let mut sessions = Vec::new();
        for number in 0..plan.sessions {
            let session = Session {
                id: format!("session-{number}"),
                phone: format!("55119900{number:05}"),
            };
            daemon
                .pair(&simulator, "torture", &session.id, &session.phone)
                .await;
            sessions.push(session);
        }
        let url = watch::Sender::new(daemon.url.clone());
        Self {
            simulator,
            sessions,
            friends,
            url,
            daemon: Some(daemon),
            rng: StdRng::seed_from_u64(plan.seed),
        }
    }

    /// Kills the daemon as often as planned, with faults on the line.
    pub(crate) async fn torture(&mut self, plan: &Plan) {
        self.faults(Some(plan.seed));
        for kill in 1..=plan.kills {
            let life = self.rng.random_range(plan.life_min_ms..=plan.life_max_ms);
            tokio::time::sleep(Duration::from_millis(life)).await;
            let mut daemon = self.daemon.take().unwrap();
            daemon.kill().await;
            let daemon = daemon.again().await;
            self.url.send_replace(daemon.url.clone());
            self.daemon = Some(daemon);
            if kill % 10 == 0 {
                println!("{kill} kills");
            }
        }
        self.faults(None);
    }

    /// Waits until no message is on its way; false when the time is over first.
    pub(crate) async fn come_to_rest(&self, said: &[Said], limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if self.rests(said).await {
                return true;
            }
            tokio::time::sleep(LOOK).await;
        }
        false
    }

    async fn rests(&self, said: &[Said]) -> bool {
        for session in &self.sessions {
            let now = self.get(&format!("/api/sessions/{}", session.id)).await;
            if now["state"] != "connected" || now["queueDepth"] != 0 {
                return false;
            }
        }
        crate::tally::missing(self, said).await == 0
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.daemon.as_ref().unwrap().get(path).await.body
    }

    pub(crate) fn log(&self) -> String {
        self.daemon.as_ref().unwrap().log()
    }

    /// How many faults of each kind there were.
    pub(crate) fn fault_counts(&self) -> String {
        serde_json::to_string(&self.simulator.fault_counts()).unwrap()
    }

    fn faults(&self, seed: Option<u64>) {
        let plan = seed.map(|seed| FaultPlan {
            seed,
            all: Chances {
                delay: 0.2,
                delay_max_ms: 200,
                drop: 0.03,
                duplicate: 0.03,
                cut: 0.002,
                mute: 0.001,
                ack_error: 0.005,
                no_ack: 0.02,
                refuse: 0.05,
                ..Chances::default()
            },
            ..FaultPlan::default()
        });
        self.simulator.set_faults(plan).unwrap();
    }
}

//! Who sends: callers of the API who repeat a request until it is answered, and people who write to the sessions.

use crate::daemon::KEY;
use crate::plain_http::plain_http;
use crate::world::Session;
use crate::world::World;
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wamux_simulator::Simulator;

/// The pause of a caller who was refused or found nobody.
const AGAIN: Duration = Duration::from_millis(50);
/// The longest pause between two texts of one writer.
const PAUSE_MAX_MS: u64 = 250;
/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A text that was accepted, or written by a person.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// Digits of the recipient.
    pub(crate) to: String,
    /// Unique in the run; texts of one chat are in the order of their numbers.
    pub(crate) text: String,
    /// Our id, for texts that were sent through the API.
    pub(crate) accepted: Option<String>,
}

pub(crate) struct Load {
    stop: CancellationToken,
    writers: JoinSet<Vec<Said>>,
}

impl Load {
    /// Each session writes to a friend and to the next session; each friend writes to its session.
    pub(crate) fn start(world: &World) -> Self {
        let stop = CancellationToken::new();
        let mut writers = JoinSet::new();
        let count = world.sessions.len();
        for (number, session) in world.sessions.iter().enumerate() {
            let friend = world.friends[number].clone();
            let next = world.sessions[(number + 1) % count].phone.clone();
            for to in [friend.clone(), next] {
                let caller = Caller {
                    url: world.url.subscribe(),
                    session: session.clone(),
                    to,
                    stop: stop.clone(),
                    rng: StdRng::seed_from_u64(number as u64),
                    http: plain_http().timeout(PATIENCE).build().unwrap(),
                };
                writers.spawn(caller.run());
            }
            let person = person(
                Arc::clone(&world.simulator),
                friend,
                session.phone.clone(),
                stop.clone(),
            );
            writers.spawn(person);
        }
        Self { stop, writers }
    }

    /// Ends it; gives all that was said. What was begun is brought to its end first.
    pub(crate) async fn stop(self) -> Vec<Said> {
        self.stop.cancel();
        self.writers
            .join_all()
            .await
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Sends numbered texts to one chat, each until it is accepted.
struct Caller {
    url: watch::Receiver<String>,
    session: Session,
    to: String,
    stop: CancellationToken,
    rng: StdRng,
    http: reqwest::Client,
}

impl Caller {
    async fn run(mut self) -> Vec<Said> {
        let mut said = Vec::new();
        for number in 0.. {
            if self.stop.is_cancelled() {
                break;
            }
            let text = format!("{} to {} number {number:06}", self.session.phone, self.to);
            let accepted = self.send(&text).await;
            said.push(Said {
                to: self.to.clone(),
                text,
                accepted: Some(accepted),
            });
            let pause = Duration::from_millis(self.rng.random_range(0..PAUSE_MAX_MS));
            self.stop
                .run_until_cancelled(tokio::time::sleep(pause))
                .await;
        }
        said
    }

    /// Asks again and again, with the same key, until the answer is one. Gives the message's id.
    async fn send(&mut self, text: &str) -> String {
        let body = json!({"sessionId": self.session.id, "to": self.to, "text": text});
        let at_once = self.rng.random_bool(0.5);
        loop {
            let url = format!("{}/api/messages/send", *self.url.borrow());
            let mut request = self
                .http
                .post(url)
                .header("X-Api-Key", KEY)
                .header("Idempotency-Key", text.replace(' ', "-"))
                .json(&body);
            if at_once {
                request = request.header("Prefer", "respond-async");
            }
            if let Ok(answer) = request.send().await {
                let status = answer.status().as_u16();
                let answer: Value = answer.json().await.unwrap_or_default();
                // A message that failed was accepted as well, and the answer names it.
                if let Some(id) = answer["id"].as_str().or(answer["messageId"].as_str()) {
                    return id.to_owned();
                }
                assert!(
                    status >= 500
                        || status == 429
                        || status == 409
                        || status == 200
                        || status == 202,
                    "{status}: {answer}"
                );
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// Writes numbered texts to a session's phone, whether anybody listens or not.
async fn person(
    simulator: Arc<Simulator>,
    from: String,
    to: String,
    stop: CancellationToken,
) -> Vec<Said> {
    let mut rng = StdRng::seed_from_u64(7);
    let mut said = Vec::new();
    for number in 0.. {
        let pause = Duration::from_millis(rng.random_range(0..2 * PAUSE_MAX_MS));
        if stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_none()
        {
            break;
        }
        let text = format!("{from} to {to} number {number:06}");
        simulator.say(&from, &to, &text).unwrap();
        said.push(Said {
            to: to.clone(),
            text,
            accepted: None,
        });
    }
    said
}

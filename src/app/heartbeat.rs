//! Tells the service manager how the daemon does: ready, a line of status, and signs of life for as long as the parts
//! answer that everything rests on.
//!
//! A sign of life is given after a real look: the supervisor has answered a call, and the store has committed a write.

use crate::actors::handle::Sessions;
use crate::actors::vitals;
use crate::actors::vitals::Fault;
use crate::meter;
use crate::systemd;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// How often the line of status is written.
const STATUS_EVERY: Duration = Duration::from_secs(5);
/// The longest that a look may take; a quarter of the watchdog's time where that is less.
const LOOK_MAX: Duration = Duration::from_secs(5);
/// The longest pause after a look that found something wrong; a tenth of the watchdog's time where that is less.
const RETRY_MAX: Duration = Duration::from_secs(1);

/// Says that the daemon is ready, and how it does from then on. Ends with the value.
pub(super) fn start(sessions: Sessions) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut last = String::new();
        let mut watchdog = systemd::watchdog().map(Watchdog::new);
        say(&sessions, &mut last).await;
        systemd::ready();
        loop {
            if let Some(watchdog) = &mut watchdog
                && let Some(trouble) = watchdog.look(&sessions).await
            {
                tell(&mut last, trouble);
            } else {
                say(&sessions, &mut last).await;
            }
            let pause = watchdog
                .as_ref()
                .map_or(STATUS_EVERY, |watchdog| watchdog.pause.min(STATUS_EVERY));
            tokio::time::sleep(pause).await;
        }
    }))
}

/// When the next look is due, and within which limits.
struct Watchdog {
    limit: Duration,
    /// The next look, or when the last one found nothing wrong.
    due: Instant,
    /// Until the next look or line of status.
    pause: Duration,
}

impl Watchdog {
    fn new(limit: Duration) -> Self {
        Self {
            limit,
            due: Instant::now(),
            pause: Duration::ZERO,
        }
    }

    /// Looks when it is time; gives a sign of life, or says what is wrong.
    async fn look(&mut self, sessions: &Sessions) -> Option<String> {
        let began = Instant::now();
        if began < self.due {
            self.pause = self.due - began;
            return None;
        }
        let faults = sessions
            .vitals()
            .look((self.limit / 4).min(LOOK_MAX), Duration::ZERO)
            .await;
        let is_well = !vitals::would_a_restart_help(&faults);
        meter::watchdog(is_well);
        if !is_well {
            let trouble = list(&faults);
            tracing::error!(
                trouble,
                "the daemon is not well, and gives the service manager no sign of life"
            );
            self.pause = (self.limit / 10).min(RETRY_MAX);
            self.due = Instant::now() + self.pause;
            return Some(format!("not well: {trouble}"));
        }
        systemd::alive();
        self.due = began + self.limit / 2;
        self.pause = self.due.saturating_duration_since(Instant::now());
        None
    }
}

async fn say(sessions: &Sessions, last: &mut String) {
    if let Ok(by_state) = sessions.counts(None).await {
        tell(last, sentence(&by_state));
    }
}

fn tell(last: &mut String, line: String) {
    if *last != line {
        systemd::status(&line);
        *last = line;
    }
}

fn list(faults: &[Fault]) -> String {
    let details: Vec<_> = faults.iter().map(Fault::detail).collect();
    details.join("; ")
}

/// `12 sessions: 10 connected, 2 linking`, the most frequent state first.
fn sentence(by_state: &BTreeMap<&'static str, usize>) -> String {
    let total: usize = by_state.values().sum();
    let mut states: Vec<_> = by_state.iter().filter(|(_, count)| **count > 0).collect();
    states.sort_by_key(|(state, count)| (std::cmp::Reverse(**count), **state));
    let states: Vec<_> = states
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    match total {
        0 => "no sessions".to_owned(),
        1 => format!("1 session: {}", states.join(", ")),
        _ => format!("{total} sessions: {}", states.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_status_counts_the_states_that_occur() {
        let counts = [("linking", 2), ("connected", 10), ("stopped", 0)];
        assert_eq!(
            sentence(&counts.into()),
            "12 sessions: 10 connected, 2 linking"
        );
        assert_eq!(
            sentence(&[("connected", 1)].into()),
            "1 session: 1 connected"
        );
        assert_eq!(sentence(&[("connected", 0)].into()), "no sessions");
    }
}

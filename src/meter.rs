//! What is counted and measured, each by its name: the only place that names the crates for metrics.
//!
//! Labels are words of the program, never of a caller: no session, number, client or path with an id in it, so that the
//! number of series is bounded. What is a level and no count is read when somebody asks, by [`set`].

mod process;

use metrics::Counter;
use metrics::Gauge;
use metrics::Histogram;
use metrics::Key;
use metrics::KeyName;
use metrics::Metadata;
use metrics::Recorder;
use metrics::SharedString;
use metrics::Unit;
use metrics_exporter_prometheus::PrometheusBuilder;
use metrics_exporter_prometheus::PrometheusHandle;
use metrics_exporter_prometheus::PrometheusRecorder;
pub use process::memory;
use std::time::Duration;

/// The bounds of what histograms tell apart, in seconds.
const BUCKETS: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// A gauge of the library that each client sets for itself, so that it says nothing about more than one.
const OF_ONE_CLIENT: &str = "wa_connected";

/// How the library's names begin, and what is said of them, since it says nothing itself.
const OF_LIBRARY: &str = "wa_";
const OF_LIBRARY_HELP: &str = "Counted by whatsapp-rust.";

/// Kinds of messages that are told apart.
const KINDS: [&str; 9] = [
    "text", "image", "video", "audio", "document", "sticker", "location", "contact", "poll",
];

macro_rules! names {
    ($($name:ident = $text:literal $kind:ident $help:literal;)*) => {
        $(#[doc = $help] pub const $name: &str = $text;)*

        /// Every metric of ours: name, kind and meaning.
        pub const ALL: &[(&str, &str, &str)] = &[$(($text, stringify!($kind), $help),)*];

        fn describe() {
            $(names!(@describe $kind $text, $help);)*
        }
    };
    (@describe counter $text:literal, $help:literal) => { metrics::describe_counter!($text, $help) };
    (@describe gauge $text:literal, $help:literal) => { metrics::describe_gauge!($text, $help) };
    (@describe histogram $text:literal, $help:literal) => { metrics::describe_histogram!($text, $help) };
}

names! {
    BUILD = "wamux_build_info" gauge "Always 1; the version and the kind of build.";
    START_TIME = "process_start_time_seconds" gauge "When the daemon started, in seconds since 1970.";
    MEMORY = "process_resident_memory_bytes" gauge "Memory of the process that is in RAM.";
    OPEN_FILES = "process_open_fds" gauge "Open files and connections.";
    MAX_FILES = "process_max_fds" gauge "How many files and connections may be open.";
    MEMORY_PER_SESSION = "wamux_memory_per_session_bytes" gauge "Memory of the process, divided by the number of sessions: an upper bound of what one takes.";
    READY = "wamux_ready" gauge "1 while the daemon is ready (GET /api/health/ready), 0 while it is not.";
    INCOMPLETE = "wamux_scrape_incomplete" gauge "1 when a part of the daemon did not answer, so that some values are old.";
    SESSIONS = "wamux_sessions" gauge "Sessions by state.";
    CRASHES = "wamux_session_crashes_total" counter "Crashes of sessions, and what followed: restarted, or given up.";
    RECONNECTS = "wamux_reconnects_total" counter "Connections to WhatsApp that were lost, by cause.";
    MESSAGES = "wamux_messages_total" counter "Messages that reached a state, by direction, state and type.";
    OUTBOX = "wamux_outbox_messages" gauge "Messages that wait for their turn or for WhatsApp's answer.";
    OUTBOX_OLDEST = "wamux_outbox_oldest_seconds" gauge "How long the oldest of them has waited; 0 without one.";
    SEND = "wamux_send_seconds" histogram "From the acceptance of a message to WhatsApp's answer, in seconds.";
    EVENTS = "wamux_events_total" counter "Events that were written down, by type.";
    STREAMS = "wamux_streams_open" gauge "Streams of events that are open, of both kinds.";
    STREAM_LAG = "wamux_stream_lag_seconds" gauge "How far the slowest stream is behind the newest event; 0 when all have told all.";
    WEBHOOKS = "wamux_webhooks" gauge "Webhooks: enabled, paused or disabled.";
    WEBHOOK_ATTEMPTS = "wamux_webhook_attempts_total" counter "Attempts to deliver an event, by outcome and failure.";
    WEBHOOK_SECONDS = "wamux_webhook_attempt_seconds" histogram "How long attempts took, in seconds.";
    DELIVERIES = "wamux_webhook_deliveries" gauge "Deliveries with an attempt to come (pending), and those that were given up (failed).";
    DELIVERY_OLDEST = "wamux_webhook_oldest_pending_seconds" gauge "How old the oldest event is that is still to be delivered; 0 without one.";
    DB_COMMIT = "wamux_db_commit_seconds" histogram "How long a commit took, with all that was in it, in seconds.";
    DB_WAIT = "wamux_db_wait_seconds" histogram "How long a write waited for its commit to begin, in seconds.";
    DB_COMMITS = "wamux_db_commits_total" counter "Commits by outcome: ok or failed.";
    DB_QUEUE = "wamux_db_queue" gauge "Writes that wait.";
    DB_SIZE = "wamux_db_size_bytes" gauge "Size of the database's file.";
    DISK_FREE = "wamux_disk_free_bytes" gauge "Free space on the disk of state.dir.";
    DISK_MIN = "wamux_disk_min_free_bytes" gauge "Below this it counts as full (`limits.min_free_mib`).";
    REQUESTS = "wamux_http_requests_total" counter "Requests that were answered, by route, method and class of status; gone: the client went away first.";
    REQUEST_SECONDS = "wamux_http_request_seconds" histogram "How long they took to answer, in seconds.";
    WATCHDOG = "wamux_watchdog_checks_total" counter "Looks of the watchdog at supervisor and store: ok or failed.";
}

/// What gives the metrics out. A clone is the same.
#[derive(Clone)]
pub struct Meter(PrometheusHandle);

/// The metrics of this process are counted already.
#[derive(Debug, thiserror::Error)]
#[error("metrics are counted already")]
pub struct AlreadyCounting;

impl Meter {
    /// Counts from now on, for the whole process. Without it, counting costs next to nothing and is lost.
    pub fn install() -> Result<Self, AlreadyCounting> {
        let (recorder, meter) = Self::make();
        metrics::set_global_recorder(recorder).map_err(|_| AlreadyCounting)?;
        describe();
        Ok(meter)
    }

    /// One that nothing is counted by.
    #[cfg(test)]
    pub(crate) fn lonely() -> Self {
        Self::make().1
    }

    fn make() -> (Sieve, Self) {
        #[expect(clippy::expect_used, reason = "there are buckets")]
        let builder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .expect("a list of buckets");
        let recorder = builder.build_recorder();
        let meter = Self(recorder.handle());
        (Sieve(recorder), meter)
    }

    /// All metrics, as Prometheus reads them.
    pub fn render(&self) -> String {
        process::measure();
        self.0.render()
    }

    /// Has what histograms have taken in put away; to be done now and then, when nobody asks for the metrics.
    pub fn tidy(&self) {
        self.0.run_upkeep();
    }
}

/// Says what this program is and when it started, in seconds since 1970.
pub fn started(version: &'static str, build: &'static str, at: u64) {
    metrics::gauge!(BUILD, "version" => version, "build" => build).set(1.0);
    set(START_TIME, at);
    // What goes wrong seldom is there from the start: Prometheus sees no increase in a series that was not there before.
    for outcome in ["ok", "failed"] {
        metrics::counter!(WATCHDOG, "outcome" => outcome).increment(0);
        metrics::counter!(DB_COMMITS, "outcome" => outcome).increment(0);
    }
    for outcome in ["restarted", "given_up"] {
        metrics::counter!(CRASHES, "outcome" => outcome).increment(0);
    }
    metrics::counter!(RECONNECTS, "cause" => "network").increment(0);
}

/// Sets a level.
pub fn set(gauge: &'static str, value: u64) {
    metrics::gauge!(gauge).set(float(value));
}

/// Sets a level of which there is one for each value of a label.
pub fn set_by(gauge: &'static str, label: &'static str, value: &'static str, level: u64) {
    metrics::gauge!(gauge, label => value).set(float(level));
}

/// Sets a level that is a time.
pub fn set_time(gauge: &'static str, time: Duration) {
    metrics::gauge!(gauge).set(time.as_secs_f64());
}

/// A message has reached a state. A type that is not known counts as `other`.
pub fn message(direction: &'static str, state: &'static str, kind: &str) {
    let kind = KINDS.into_iter().find(|known| *known == kind);
    let kind = kind.unwrap_or("other");
    metrics::counter!(MESSAGES, "direction" => direction, "state" => state, "type" => kind)
        .increment(1);
}

/// An event was written down.
pub fn event(kind: &'static str) {
    metrics::counter!(EVENTS, "type" => kind).increment(1);
}

/// WhatsApp has answered a message so long after it was accepted.
pub fn sent(took: Duration) {
    metrics::histogram!(SEND).record(took);
}

/// A connection to WhatsApp was lost.
pub fn connection_lost(cause: &'static str) {
    metrics::counter!(RECONNECTS, "cause" => cause).increment(1);
}

/// A session crashed; `outcome` is `restarted` or `given_up`.
pub fn crashed(outcome: &'static str) {
    metrics::counter!(CRASHES, "outcome" => outcome).increment(1);
}

/// An attempt to deliver has ended; `failure` is `none` where there was none.
pub fn webhook_attempt(outcome: &'static str, failure: &'static str, took: Duration) {
    metrics::counter!(WEBHOOK_ATTEMPTS, "outcome" => outcome, "failure" => failure).increment(1);
    metrics::histogram!(WEBHOOK_SECONDS).record(took);
}

/// A commit has ended, so long after it began.
pub fn committed(is_ok: bool, took: Duration) {
    let outcome = if is_ok { "ok" } else { "failed" };
    metrics::counter!(DB_COMMITS, "outcome" => outcome).increment(1);
    metrics::histogram!(DB_COMMIT).record(took);
}

/// A write has waited so long for its commit to begin.
pub fn waited(time: Duration) {
    metrics::histogram!(DB_WAIT).record(time);
}

/// A request was answered, or (no status) its client went away.
pub fn answered(route: &'static str, method: &str, status: Option<u16>, took: Duration) {
    let known = ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"];
    let method = known.into_iter().find(|known| *known == method);
    let method = method.unwrap_or("other");
    let class = match status {
        None => "gone",
        Some(..200) => "1xx",
        Some(200..300) => "2xx",
        Some(300..400) => "3xx",
        Some(400..500) => "4xx",
        Some(500..) => "5xx",
    };
    metrics::counter!(REQUESTS, "route" => route, "method" => method, "status" => class)
        .increment(1);
    metrics::histogram!(REQUEST_SECONDS, "route" => route, "method" => method).record(took);
}

/// The watchdog has looked.
pub fn watchdog(is_ok: bool) {
    let outcome = if is_ok { "ok" } else { "failed" };
    metrics::counter!(WATCHDOG, "outcome" => outcome).increment(1);
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a metric is a float; beyond 2^53 nobody counts bytes or messages"
)]
fn float(value: u64) -> f64 {
    value as f64
}

/// Leaves out what says nothing.
struct Sieve(PrometheusRecorder);

impl Recorder for Sieve {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.0.describe_counter(key, unit, text);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.0.describe_gauge(key, unit, text);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.0.describe_histogram(key, unit, text);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        if key.name().starts_with(OF_LIBRARY) {
            self.0
                .describe_counter(name_of(key), None, OF_LIBRARY_HELP.into());
        }
        self.0.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        if key.name() == OF_ONE_CLIENT {
            return Gauge::noop();
        }
        if key.name().starts_with(OF_LIBRARY) {
            self.0
                .describe_gauge(name_of(key), None, OF_LIBRARY_HELP.into());
        }
        self.0.register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        if key.name().starts_with(OF_LIBRARY) {
            self.0
                .describe_histogram(name_of(key), None, OF_LIBRARY_HELP.into());
        }
        self.0.register_histogram(key, metadata)
    }
}

fn name_of(key: &Key) -> KeyName {
    KeyName::from(key.name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is rendered after `work` was counted.
    fn counted(work: impl FnOnce()) -> String {
        let (recorder, meter) = Meter::make();
        metrics::with_local_recorder(&recorder, || {
            describe();
            work();
            meter.render()
        })
    }

    #[test]
    fn a_request_is_counted_by_its_route_and_the_class_of_its_status() {
        let text = counted(|| {
            let took = Duration::from_millis(3);
            answered("/api/sessions/{id}", "GET", Some(204), took);
            answered("/api/sessions/{id}", "BREW", None, took);
        });
        let line =
            r#"wamux_http_requests_total{route="/api/sessions/{id}",method="GET",status="2xx"} 1"#;
        assert!(text.contains(line), "{text}");
        assert!(
            text.contains(r#"method="other",status="gone"} 1"#),
            "{text}"
        );
        let bucket = r#"wamux_http_request_seconds_bucket{route="/api/sessions/{id}",method="GET",le="0.005"} 1"#;
        assert!(text.contains(bucket), "{text}");
    }

    #[test]
    fn types_that_nobody_knows_make_no_new_series() {
        let text = counted(|| {
            message("in", "received", "text");
            message("in", "received", "anything a phone may send");
        });
        assert!(text.contains(r#"type="text"} 1"#), "{text}");
        assert!(text.contains(r#"type="other"} 1"#), "{text}");
        assert!(!text.contains("anything"), "{text}");
    }

    #[test]
    fn the_gauge_that_every_client_sets_for_itself_is_left_out() {
        let text = counted(|| metrics::gauge!(OF_ONE_CLIENT).set(1.0));
        assert!(!text.contains(OF_ONE_CLIENT), "{text}");
    }

    #[test]
    fn the_librarys_own_have_a_text_beside_them() {
        let text = counted(|| {
            metrics::counter!("wa_iq_total").increment(1);
            metrics::histogram!("wa_iq_seconds").record(1.0);
        });
        for name in ["wa_iq_total", "wa_iq_seconds"] {
            assert!(text.contains(&format!("# HELP {name} ")), "{text}");
        }
    }

    #[test]
    fn every_metric_has_its_meaning_beside_it_and_a_name_that_fits_its_kind() {
        for (name, kind, help) in ALL {
            assert!(help.ends_with('.'), "{name}: {help}");
            assert_eq!(name.ends_with("_total"), *kind == "counter", "{name}");
            assert!(*kind != "histogram" || name.ends_with("_seconds"), "{name}");
        }
        let text = counted(|| set(OUTBOX, 3));
        assert!(
            text.contains("# HELP wamux_outbox_messages Messages that wait")
                && text.contains("# TYPE wamux_outbox_messages gauge")
                && text.contains("wamux_outbox_messages 3"),
            "{text}"
        );
    }

    #[test]
    fn what_goes_wrong_seldom_is_at_nought_from_the_start() {
        let text = counted(|| started("1.2.3", "production", 7));
        for line in [
            r#"wamux_build_info{version="1.2.3",build="production"} 1"#,
            "process_start_time_seconds 7",
            r#"wamux_watchdog_checks_total{outcome="failed"} 0"#,
            r#"wamux_session_crashes_total{outcome="given_up"} 0"#,
            r#"wamux_db_commits_total{outcome="failed"} 0"#,
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }

    #[test]
    fn the_process_says_how_much_it_uses() {
        let text = counted(|| {});
        for name in [MEMORY, OPEN_FILES, MAX_FILES] {
            let line = text
                .lines()
                .find(|line| line.starts_with(&format!("{name} ")));
            let value: f64 = line.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
            assert!(value > 0.0, "{name} {value}");
        }
    }
}

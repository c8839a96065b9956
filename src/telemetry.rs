//! What the daemon writes about itself: log lines on stderr, for people or for machines, and traces for a collector.
//!
//! stdout stays free for the answers of commands. Dependencies that log through the `log` crate are heard, too; the
//! loud ones are turned down, and phone numbers lose their middle, whoever writes them.

mod redact;
pub mod trace;

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{LogConfig, LogFormat, TelemetryConfig};
use redact::RedactingWriter;
use trace::{Export, TraceError};

pub use redact::redact;

/// Levels for dependencies, unless the operator names them: the WhatsApp libraries write numbers and texts of people
/// below `warn`; the rest report what every client that hangs up does.
const QUIET: &[&str] = &[
    // Spans of traces go to the collector alone.
    "otel=off",
    // What exports them logs about its own exports.
    "opentelemetry=warn",
    "opentelemetry_sdk=warn",
    "reqwest=warn",
    "whatsapp_rust=warn",
    // Names that whatsapp-rust gives to its log targets, each with all that begin with it.
    "Client=warn",
    "AppState=warn",
    "Blocking=warn",
    "Bot=warn",
    "Chatstate=warn",
    "MessageQueue=warn",
    "Mex=warn",
    "PresenceHandler=warn",
    "TcToken=warn",
    "UnifiedSession=warn",
    "blocklist=warn",
    "usync=warn",
    // Its spans say `Actor{id=…}` around every line of a session.
    "ractor=warn",
    "whatsapp_rust_sqlite_storage=warn",
    "whatsapp_rust_tokio_transport=warn",
    "whatsapp_rust_ureq_http_client=warn",
    "wacore=warn",
    "wacore_binary=warn",
    "wacore_libsignal=warn",
    "waproto=warn",
    // It logs parts of paths, and tokens stand in some.
    "warp=off",
    "hyper=warn",
    "hyper_util=warn",
    "sqlx=warn",
];

/// Logging cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directives are none; a checked configuration has none such.
    #[error("log.level cannot be used")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// The log has ended.
    #[error("the level of the log cannot be changed")]
    Reload(#[from] reload::Error),
    /// Traces cannot be exported.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The process logs already.
    #[error("logging is set up already")]
    SetUpAlready(#[from] TryInitError),
}

/// The log of this process. Its level can change.
pub struct Log {
    level: reload::Handle<EnvFilter, Registry>,
    export: Option<Export>,
}

impl Log {
    /// Logs at another level from now on: one, or directives as in `log.level`.
    pub fn set_level(&self, level: &str) -> Result<(), TelemetryError> {
        Ok(self.level.reload(filter(level)?)?)
    }

    /// Sends the last spans, for a moment.
    pub async fn end(self) {
        if let Some(export) = self.export {
            export.end().await;
        }
    }
}

/// Logs to stderr from now on, and exports traces where a collector is named. Once a process, within a tokio runtime.
pub fn start(config: &LogConfig, traces: &TelemetryConfig) -> Result<Log, TelemetryError> {
    let (filter, handle) = reload::Layer::new(filter(&config.level)?);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| RedactingWriter::new(io::stderr()))
        .with_ansi(false);
    let lines = match config.format {
        LogFormat::Pretty => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    };
    let export = Export::begin(traces)?;
    let spans = export.as_ref().map(|export| {
        tracing_opentelemetry::layer()
            .with_tracer(export.tracer())
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(trace::TARGET, LevelFilter::INFO))
    });
    tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .try_init()?;
    Ok(Log {
        level: handle,
        export,
    })
}

/// The operator's directives, and ours before them: of two for the same target the later counts.
fn filter(level: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    let directives = format!("{},{level}", QUIET.join(","));
    EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse(directives)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged under `level` by `write`.
    fn logged(level: &str, write: impl FnOnce()) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let lines = tracing_subscriber::fmt()
            .with_env_filter(filter(level).unwrap())
            .with_writer(move || RedactingWriter::new(writer.clone()))
            .finish();
        tracing::subscriber::with_default(lines, write);
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn whatsapp_talks() {
        tracing::debug!(target: "whatsapp_rust::client", "a detail");
        tracing::debug!(target: "Chatstate", "a detail");
        tracing::info!(target: "Bot/PairCode", "a detail");
        tracing::warn!(target: "whatsapp_rust::client", "a warning");
    }

    #[test]
    fn the_details_of_dependencies_are_kept_out() {
        for level in ["info", "debug", "trace"] {
            let lines = logged(level, whatsapp_talks);
            assert!(lines.contains("a warning"), "{level}: {lines}");
            assert!(!lines.contains("a detail"), "{level}: {lines}");
        }
    }

    #[test]
    fn the_operator_may_ask_for_them() {
        assert!(logged("info,whatsapp_rust=debug", whatsapp_talks).contains("a detail"));
    }

    #[test]
    fn clients_that_hang_up_are_not_worth_a_line() {
        assert_eq!(
            logged(
                "debug",
                || tracing::debug!(target: "warp::server", "aborted")
            ),
            ""
        );
    }

    #[test]
    fn our_own_lines_follow_the_level() {
        let write = || tracing::debug!(target: "wamux::http", "ours");
        assert!(logged("debug", write).contains("ours"));
        assert_eq!(logged("info", write), "");
    }

    #[test]
    fn phone_numbers_lose_their_middle() {
        let lines = logged("info", || {
            tracing::info!(chat = "5511999998888@s.whatsapp.net", "sent");
        });
        assert!(lines.contains("55*******8888@s.whatsapp.net"), "{lines}");
    }
}

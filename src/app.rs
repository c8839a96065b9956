//! Puts the daemon together: checks, state folder, store, key, sessions, listener. The only file that sees every layer.

pub mod archive;
pub mod backup;
mod branding;
pub mod doctor;
mod heartbeat;
mod key;
mod reload;
mod state_dir;
mod vault;
mod version;

use crate::actors::deps::Retention;
use crate::actors::deps::Settings;
use crate::actors::disk::DiskWatch;
use crate::actors::error::SessionError;
use crate::actors::handle::Ended;
use crate::actors::handle::Sessions;
use crate::actors::restart::RestartPolicy;
use crate::actors::traces::Traces;
use crate::actors::webhooks::Webhooks;
use crate::clock::Clock;
use crate::config::Build;
use crate::config::Config;
use crate::courier::Courier;
use crate::courier::CourierError;
pub use crate::courier::client as http_client;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::http;
use crate::http::Api;
use crate::http::Branding;
use crate::http::BuildInfo;
use crate::http::Metrics;
use crate::http::ServerOptions;
pub use crate::http::SimulatorDoor;
use crate::meter;
use crate::meter::Meter;
use crate::store::OpenError;
use crate::store::Store;
use crate::store::StoreError;
use crate::whatsapp::live::LiveConnector;
use crate::whatsapp::selfcheck;
pub use key::random as random_key;
pub use reload::Reloaded;
use state_dir::StateDir;
use state_dir::StateDirError;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tokio_util::task::TaskTracker;

/// How often what histograms have taken in is put away.
const TIDY_EVERY: Duration = Duration::from_secs(10);

/// Why the daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program does not verify whom it talks to.
    #[error(
        "this build does not verify WhatsApp's certificate chain and must not talk to WhatsApp; use a build without danger- features"
    )]
    ChainNotVerified,
    /// The state folder cannot be used.
    #[error(transparent)]
    StateDir(#[from] StateDirError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; choose another one with server.listen or --listen")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The logo cannot be read.
    #[error("the logo cannot be read; see branding.logo")]
    Logo(#[source] std::io::Error),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database cannot be used.
    #[error(
        "the database in the state folder cannot be used; `wamux doctor` looks for the fault and says its cure"
    )]
    Store(#[from] StoreError),
    /// Nothing can be posted to webhooks.
    #[error(transparent)]
    Courier(#[from] CourierError),
    /// The sessions cannot be started.
    #[error("the sessions cannot be started")]
    Sessions(#[from] SessionError),
}

impl StartError {
    /// How the process ends.
    pub fn exit_code(&self) -> Exit {
        match self {
            Self::ChainNotVerified => Exit::SelfCheckFailed,
            Self::StateDir(_) | Self::Database(OpenError::Newer(_)) => Exit::StateNotWritable,
            Self::Logo(_) => Exit::Usage,
            Self::Listen { .. } => Exit::CannotListen,
            Self::Database(OpenError::Failed(_))
            | Self::Store(_)
            | Self::Courier(_)
            | Self::Sessions(_) => Exit::Internal,
        }
    }
}

/// The running daemon.
pub struct App {
    address: SocketAddr,
    sessions: Sessions,
    webhooks: Webhooks,
    store: Store,
    stop: CancellationToken,
    server: JoinHandle<()>,
    tasks: TaskTracker,
    sessions_stop_timeout: Duration,
    changeable: Changeable,
    heartbeat: AbortOnDropHandle<()>,
    _tidying: Option<AbortOnDropHandle<()>>,
    _state_dir: StateDir,
}

/// What takes effect without a restart.
struct Changeable {
    config: Config,
    branding: watch::Sender<Arc<Branding>>,
    cors_origins: watch::Sender<Vec<String>>,
}

impl Changeable {
    fn new(config: &Config) -> Result<Self, StartError> {
        Ok(Self {
            branding: watch::Sender::new(Arc::new(branding::load(&config.branding)?)),
            cors_origins: watch::Sender::new(config.server.cors_origins.clone()),
            config: config.clone(),
        })
    }
}

/// Where the daemon comes from, beside its configuration.
#[derive(Default)]
pub struct Surroundings {
    /// The simulator in this process.
    pub simulator: Option<SimulatorDoor>,
    /// The listener that a service manager has handed over, which does not block.
    pub listener: Option<std::net::TcpListener>,
}

impl App {
    /// Starts everything, beside a simulator or not; returns once requests are answered. Sessions connect in the
    /// background.
    pub async fn start(config: Config, surroundings: Surroundings) -> Result<Self, StartError> {
        check_build()?;
        let state_dir = StateDir::open(&config.state.dir)?;
        backup::sweep(&config.state.dir);
        // Before anything is changed: a second daemon must leave no trace.
        let (listener, address) = listen(surroundings.listener, config.server.listen).await?;
        let store = Store::open(&state_dir.database()).await?;
        let webhooks = vault::open(&state_dir, &store).await?;
        let keys = key::load(&config.auth, &store).await?;
        let clock = clock();
        let (metrics, tidying) = metrics(&config, &clock);
        let version = version::choose(&config.whatsapp, &store, &clock).await;
        let connector = LiveConnector::new(
            config.whatsapp.endpoint.clone(),
            config.whatsapp.device_name.clone(),
            version,
        )
        .with_presence(config.events.presence);
        let courier = Courier::new(&config.webhooks)?;
        let settings = settings(&config, &state_dir);
        let traces = settings.traces.clone();
        let webhooks =
            Webhooks::start(webhooks, courier, clock.clone(), &config.webhooks, traces).await?;
        let tasks = TaskTracker::new();
        let sessions = Sessions::start(
            store.clone(),
            Arc::new(connector),
            clock.clone(),
            settings,
            tasks.clone(),
        )
        .await?;

        let stop = CancellationToken::new();
        let changeable = Changeable::new(&config)?;
        let api = Api {
            sessions: sessions.clone(),
            webhooks: webhooks.clone(),
            simulator: surroundings.simulator,
            keys,
            metrics,
            info: build_info(),
            limits: limits(&config),
            public_url: config.server.public_url.clone(),
            branding: changeable.branding.subscribe(),
            clock,
        };
        let server = tokio::spawn(http::serve(
            listener,
            api,
            server_options(&config, &changeable),
            stop.clone(),
        ));
        let sessions_stop_timeout = config.server.shutdown_timeout() / 3 * 2;
        Ok(Self {
            address,
            heartbeat: heartbeat::start(sessions.clone()),
            _tidying: tidying,
            changeable,
            sessions,
            webhooks,
            store,
            stop,
            server,
            tasks,
            sessions_stop_timeout,
            _state_dir: state_dir,
        })
    }

    /// Where it listens: the port that was picked, where the configuration says 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Resolves when something has ended that the daemon cannot go on without, and says how the process is to end.
    pub async fn failed(&self) -> Failure {
        match self.sessions.ended().await {
            Ended::Crashed => Failure {
                exit: Exit::Internal,
                sentence: "a part of the daemon crashed that it cannot go on without".to_owned(),
            },
            Ended::DatabaseLost(what) => Failure {
                exit: Exit::DatabaseLost,
                sentence: format!(
                    "{what}; the daemon ends, because what it writes now nobody would ever read"
                ),
            },
        }
    }

    /// Stops in order: no new requests, the running ones to their end, the sessions and the
    /// deliveries, the database.
    pub async fn stop(self) {
        drop(self.heartbeat);
        self.stop.cancel();
        if let Err(error) = self.server.await {
            tracing::error!(%error, "the server did not end in order");
        }
        let limit = self.sessions_stop_timeout;
        let (sessions_ended, ()) =
            tokio::join!(self.sessions.stop(limit), self.webhooks.stop(limit));
        if !sessions_ended {
            tracing::warn!("some sessions did not end in time");
        }
        self.tasks.close();
        self.tasks.wait().await;
        self.store.close().await;
    }
}

/// The listener that was handed over, or one of our own, and where it listens.
async fn listen(
    handed: Option<std::net::TcpListener>,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let unbound = |source| StartError::Listen { address, source };
    let listener = match handed {
        Some(listener) => TcpListener::from_std(listener),
        None => TcpListener::bind(address).await,
    };
    let listener = listener.map_err(unbound)?;
    let address = listener.local_addr().map_err(unbound)?;
    Ok((listener, address))
}

/// A production build must verify whom it talks to. A sandbox build does not, and says so.
fn check_build() -> Result<(), StartError> {
    match Build::CURRENT {
        Build::Production if !selfcheck::chain_is_verified() => Err(StartError::ChainNotVerified),
        Build::Production => Ok(()),
        Build::Sandbox => {
            tracing::warn!(
                "this is a sandbox build: it talks to a simulator on this machine and to nothing else"
            );
            Ok(())
        }
    }
}

fn settings(config: &Config, state_dir: &StateDir) -> Settings {
    Settings {
        sessions_dir: state_dir.sessions(),
        max_sessions: config.limits.sessions,
        parallel_opens: config.limits.parallel_starts,
        outbox_per_session: config.limits.outbox_per_session,
        ack_timeout: config.whatsapp.ack_timeout(),
        unlink_timeout: config.whatsapp.unlink_timeout(),
        probe_after: config.whatsapp.probe_after(),
        probe_timeout: config.whatsapp.probe_timeout(),
        message_ttl: config.limits.message_ttl(),
        restart: RestartPolicy {
            budget: config.limits.restart_budget as usize,
            window: config.limits.restart_window(),
            backoff_min: config.limits.restart_backoff_min(),
            backoff_max: config.limits.restart_backoff_max(),
        },
        disk: DiskWatch {
            folder: config.state.dir.clone(),
            min_free: config.limits.min_free(),
            every: config.limits.disk_check(),
        },
        traces: Traces::default(),
        retention: Retention {
            events_kept: config.events.retention(),
            events_count: config.events.retention_count,
            sweep_every: config.events.sweep(),
        },
    }
}

fn build_info() -> BuildInfo {
    let build = match Build::CURRENT {
        Build::Production => "production",
        Build::Sandbox => "sandbox",
    };
    BuildInfo {
        version: env!("CARGO_PKG_VERSION"),
        build,
        started: Instant::now(),
    }
}

/// Starts to count, unless the configuration says not to.
fn metrics(config: &Config, clock: &Clock) -> (Metrics, Option<AbortOnDropHandle<()>>) {
    if !config.metrics.enabled {
        return (Metrics::default(), None);
    }
    let meter = match Meter::install() {
        Ok(meter) => meter,
        Err(error) => {
            tracing::warn!(%error, "there are no metrics");
            return (Metrics::default(), None);
        }
    };
    let info = build_info();
    let started = u64::try_from(clock.now().as_second()).unwrap_or_default();
    meter::started(info.version, info.build, started);
    let tidied = meter.clone();
    let tidying = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(TIDY_EVERY);
        loop {
            ticks.tick().await;
            tidied.tidy();
        }
    });
    let metrics = Metrics {
        meter: Some(meter),
        open_to_loopback: config.metrics.open_to_loopback,
    };
    (metrics, Some(AbortOnDropHandle::new(tidying)))
}

/// The description of the API in OpenAPI 3.1, as JSON: that of a production build, with the limits of this configuration.
pub fn openapi(config: &Config) -> String {
    http::document(&limits(config))
}

fn limits(config: &Config) -> http::Limits {
    http::Limits {
        body_bytes: config.server.body_limit_bytes,
        text_bytes: config.limits.text_bytes,
        qr_wait: config.limits.qr_wait(),
        pairing_link_max: config.limits.pairing_link_max(),
        links: http::LinkLimits {
            waits: config.limits.link_waits,
            waits_total: config.limits.link_waits_total,
            codes: config.limits.link_codes,
            rounds: config.limits.link_rounds,
        },
        send_wait: config.limits.send_wait(),
        send_wait_max: config.limits.send_wait_max(),
        page_max: u32::try_from(config.limits.page_max).unwrap_or(u32::MAX),
        streams: http::StreamLimits {
            open: config.events.max_streams,
            heartbeat: config.events.heartbeat(),
            slow_reader: config.events.slow_reader(),
            ticket: config.events.ticket(),
            tickets: config.events.max_tickets,
        },
    }
}

/// In a sandbox build a clock that jumps on request.
fn clock() -> Clock {
    #[cfg(feature = "sandbox")]
    return Clock::jumping();
    #[cfg(not(feature = "sandbox"))]
    Clock::system()
}

fn server_options(config: &Config, changeable: &Changeable) -> ServerOptions {
    ServerOptions {
        cors_origins: changeable.cors_origins.subscribe(),
        max_connections: config.server.max_connections,
        header_timeout: config.server.header_timeout(),
        // The sessions get the rest of the time.
        shutdown_timeout: config.server.shutdown_timeout() / 3,
    }
}

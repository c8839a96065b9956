//! Starting and stopping a simulator: port, state file, tasks.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::unix_seconds;
use crate::control::Control;
use crate::hub::{Hub, State};
use crate::server::http::Door;
use crate::server::{listener, tls};
use crate::state_file::{StateFile, StateFileError};
use crate::wire::WireError;
use crate::world::World;

/// How to start a simulator.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; loopback only. Port 0 picks a free one.
    pub listen: SocketAddr,
    /// Numbers, LIDs and keys follow from it. A state file that exists brings its own.
    pub seed: u64,
    /// Where to keep the world over a restart.
    pub state: Option<PathBuf>,
}

/// Why a simulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is reachable from elsewhere.
    #[error("{0} is not on loopback; the simulator has no secrets to keep, so listen on 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// The port cannot be had.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateFileError),
    /// The certificate authority cannot be made.
    #[error("cannot make the certificate chain: {0}")]
    Authority(#[from] WireError),
    /// TLS cannot be offered.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
}

/// A running simulator. It derefs to its [`Control`]; dropping it stops it without a last save, [`Simulator::stop`]
/// stops it with one.
pub struct Simulator {
    control: Control,
    hub: Arc<Hub>,
    address: SocketAddr,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Starts one in this process. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the address is not loopback or taken, or the state file cannot be read.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        if !options.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(options.listen));
        }
        let listen_error = |source| StartError::Listen {
            address: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen)
            .await
            .map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let file = options.state.map(StateFile::open).transpose()?;
        let (world, files) = match &file {
            Some(file) => file.load().await?,
            None => (None, std::collections::BTreeMap::new()),
        };
        let world = match world {
            Some(world) => world,
            None => World::new(options.seed, unix_seconds())?,
        };
        let (acceptor, certificate) = tls::acceptor()?;
        let mut state = State::new(world, address.to_string());
        state.files = files;
        let hub = Arc::new(Hub::new(state));
        let stop = CancellationToken::new();
        let control = Control::new(Arc::clone(&hub));
        let door = Door {
            hub: Arc::clone(&hub),
            control: control.clone(),
            certificate: certificate.into(),
            media: file.as_ref().map(|file| file.media_folder().into()),
            stop: stop.clone(),
        };
        let mut tasks = vec![tokio::spawn(listener::run(
            listener,
            acceptor,
            door,
            stop.clone(),
        ))];
        if let Some(file) = file {
            tasks.push(tokio::spawn(file.keep(Arc::clone(&hub), stop.clone())));
        }
        Ok(Self {
            control,
            hub,
            address,
            stop,
            tasks,
        })
    }

    /// Where clients connect: `ws://127.0.0.1:PORT/ws/chat`.
    pub fn chat_url(&self) -> String {
        format!("ws://{}/ws/chat", self.address)
    }

    /// Where the admin verbs and the media are: `http://127.0.0.1:PORT`.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The seed of this world.
    pub fn seed(&self) -> u64 {
        self.hub.look(|state| state.world.seed.value())
    }

    /// The verbs.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Closes every socket, saves the state and waits until that is done.
    pub async fn stop(mut self) {
        self.end();
        for task in std::mem::take(&mut self.tasks) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the simulator failed");
            }
        }
    }

    fn end(&self) {
        self.hub.with(|state| {
            let open: Vec<_> = state.connections.keys().copied().collect();
            for connection in open {
                state.cut(connection);
            }
        });
        self.stop.cancel();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.end();
    }
}

impl Deref for Simulator {
    type Target = Control;

    fn deref(&self) -> &Control {
        &self.control
    }
}

//! What the service manager is told, and what it hands over: readiness, a line of status, signs of life, a listener.
//!
//! The protocol is `sd_notify(3)` and `sd_listen_fds(3)`. Without a service manager all of it does nothing. Knows nothing
//! of what it tells about.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;

/// Requests are answered; also the end of a reload.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// A line for `systemctl status`.
pub fn status(line: &str) {
    tell(&[NotifyState::Status(line)]);
}

/// The configuration is read anew; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "the service manager was not told of the reload"),
    }
}

/// The daemon stops.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// All is well. When this is not said within [`watchdog`], the daemon is killed and started again.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How long the service manager waits for a sign of life (`WatchdogSec=`); none where it does not.
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero())
}

/// The TCP listener that was handed over, by a `.socket` unit; none without one. To be asked once, and before there is a
/// second thread: it takes the variables that say so out of the environment.
pub fn listener() -> io::Result<Option<TcpListener>> {
    let mut handed = ListenFd::from_env();
    if handed.len() > 1 {
        let message = "more than one socket was handed over; name one address in the .socket unit";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let listener = handed.take_tcp_listener(0)?;
    if let Some(listener) = &listener {
        listener.set_nonblocking(true)?;
    }
    Ok(listener)
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}

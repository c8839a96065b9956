//! Looks over everything that the daemon needs from its machine. It changes nothing, and says the cure with each fault.

use crate::app::backup::is_half_restored;
use crate::app::state_dir;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::Endpoint;
use crate::courier;
use crate::courier::CourierError;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::store::copies;
use crate::store::vault::KEY_BYTES;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::Serialize;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

/// Where WhatsApp answers, and says what time it is.
const WHATSAPP: &str = "https://web.whatsapp.com/";
const REACH: &str = "WhatsApp";
const PATIENCE: Duration = Duration::from_secs(10);
/// A clock that is off by more breaks signatures of webhooks and what people see.
const CLOCK_OFF_SECS: u64 = 60;
/// Before this program was written no clock is right.
const NOT_BEFORE: i64 = 1_790_000_000;
const MIB: u64 = 1024 * 1024;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// As it should be.
    Ok,
    /// The daemon works, but look at it.
    Warning,
    /// The daemon does not start, or does not work.
    Fault,
}

/// What was found at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub about: &'static str,
    /// How bad it is.
    pub grade: Grade,
    /// What is there.
    pub found: String,
    /// What to do; nothing where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
}

impl Finding {
    fn ok(about: &'static str, found: impl Into<String>) -> Self {
        Self {
            about,
            grade: Grade::Ok,
            found: found.into(),
            cure: None,
        }
    }

    fn bad(
        grade: Grade,
        about: &'static str,
        found: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self {
            about,
            grade,
            found: found.into(),
            cure: Some(cure.into()),
        }
    }
}

/// Looks at everything.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let now = Clock::system().now();
    let state = &config.state.dir;
    let mut findings = vec![
        folder(state),
        disk(state, config.limits.min_free()),
        port(config.server.listen, state_dir::is_in_use(state)),
        database(state).await,
        keys(state).await,
        secret(state).await,
    ];
    findings.extend(network(&config.whatsapp.endpoint, now).await);
    findings.push(ffmpeg());
    findings
}

fn folder(state: &Path) -> Finding {
    const ABOUT: &str = "state folder";
    let shown = state.display();
    let choose = "or choose another one with state.dir or --state-dir";
    let Ok(about) = fs::metadata(state) else {
        return Finding::bad(
            Grade::Warning,
            ABOUT,
            format!("{shown} is not there"),
            "the first start makes it; if there should be sessions, state.dir is wrong",
        );
    };
    if let Err(error) = rustix::fs::access(
        state,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    ) {
        let cure = format!("make it writable for the user that runs this, {choose}");
        let found = format!("{shown} cannot be written to: {}", io::Error::from(error));
        return Finding::bad(Grade::Fault, ABOUT, found, cure);
    }
    if !about.is_dir() {
        return Finding::bad(
            Grade::Fault,
            ABOUT,
            format!("{shown} is not a folder"),
            format!("move it away, {choose}"),
        );
    }
    if about.mode() & 0o077 != 0 {
        return Finding::bad(
            Grade::Warning,
            ABOUT,
            format!("{shown} can be looked into by other users"),
            format!("chmod 700 {shown}; the daemon does so when it starts"),
        );
    }
    if state_dir::is_in_use(state) {
        Finding::ok(ABOUT, format!("{shown}, in use by a running daemon"))
    } else {
        Finding::ok(ABOUT, format!("{shown}, not in use"))
    }
}

fn disk(state: &Path, min_free: u64) -> Finding {
    const ABOUT: &str = "disk";
    // Before the first start it is the place where the folder will be.
    let place = state.ancestors().find(|place| place.exists());
    let free = place.and_then(|place| rustix::fs::statvfs(place).ok());
    let Some(free) = free.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)) else {
        return Finding::bad(
            Grade::Warning,
            ABOUT,
            "the free space cannot be read",
            "look with `df`",
        );
    };
    let found = format!("{} MiB free", free / MIB);
    let cure =
        "make room: the daemon puts its sessions aside when less than limits.min_free_mib is free";
    match free {
        free if free < min_free => Finding::bad(Grade::Fault, ABOUT, found, cure),
        free if free < min_free.saturating_mul(4) => {
            Finding::bad(Grade::Warning, ABOUT, found, cure)
        }
        _ => Finding::ok(ABOUT, found),
    }
}

fn port(listen: SocketAddr, is_running: bool) -> Finding {
    const ABOUT: &str = "port";
    match TcpListener::bind(listen) {
        Ok(_) => Finding::ok(ABOUT, format!("{listen} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_running => Finding::ok(
            ABOUT,
            format!("{listen} is in use, and a daemon is running"),
        ),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Finding::bad(
            Grade::Warning,
            ABOUT,
            format!("{listen} is in use"),
            "right if systemd holds it (wamux.socket); otherwise end what has it (`ss -ltnp`) or change server.listen",
        ),
        Err(error) => Finding::bad(
            Grade::Fault,
            ABOUT,
            format!("{listen} cannot be listened on: {error}"),
            "change server.listen or --listen; ports below 1024 need CAP_NET_BIND_SERVICE",
        ),
    }
}

async fn database(state: &Path) -> Finding {
    const ABOUT: &str = "database";
    if is_half_restored(state) {
        return Finding::bad(
            Grade::Fault,
            ABOUT,
            "a restore was cut off, so what is there is not whole",
            "run `wamux restore` again, which begins anew; until then the daemon does not start",
        );
    }
    let file = state.join("wamux.db");
    if !file.is_file() {
        let wal = state.join("wamux.db-wal").is_file();
        let keys =
            fs::read_dir(state.join("sessions")).is_ok_and(|mut files| files.next().is_some());
        return if wal || keys {
            Finding::bad(
                Grade::Fault,
                ABOUT,
                "wamux.db is missing, but there are keys of sessions",
                "restore a backup into an empty folder: without it nobody knows whose keys they are",
            )
        } else {
            Finding::ok(ABOUT, "none yet; the first start makes it")
        };
    }
    if let Err(error) = fs::File::options().read(true).write(true).open(&file) {
        return Finding::bad(
            Grade::Fault,
            ABOUT,
            format!("wamux.db cannot be read and written by this user: {error}"),
            format!(
                "run this as the user of the daemon; if it is that one, give it what root has made there: `chown -R wamux: {}`",
                state.display()
            ),
        );
    }
    if let Some(fault) = copies::fault_of(&file).await {
        return Finding::bad(
            Grade::Fault,
            ABOUT,
            format!("wamux.db is damaged: {fault}"),
            "stop the daemon and restore the last backup into an empty folder",
        );
    }
    match copies::schema_of(&file).await {
        Ok(schema) if schema.is_newer() => Finding::bad(
            Grade::Fault,
            ABOUT,
            format!(
                "wamux.db is at step {}, and this wamux knows {}",
                schema.found, schema.known
            ),
            "run the version that wrote it, or a later one; there is no way back but a backup",
        ),
        Ok(schema) => Finding::ok(
            ABOUT,
            format!(
                "sound, its tables are at step {} of {}",
                schema.found, schema.known
            ),
        ),
        Err(error) => Finding::bad(
            Grade::Fault,
            ABOUT,
            format!("wamux.db is no database of wamux: {error}"),
            "is state.dir the daemon's folder?",
        ),
    }
}

async fn keys(state: &Path) -> Finding {
    const ABOUT: &str = "keys of sessions";
    let database = state.join("wamux.db");
    if !database.is_file() {
        return Finding::ok(ABOUT, "none yet");
    }
    let Ok(all) = copies::key_files(&database).await else {
        return Finding::ok(
            ABOUT,
            "not looked at, since the database does not say which there are",
        );
    };
    let (mut faults, mut linked) = (BTreeSet::new(), 0);
    for file in all.iter().filter(|file| file.linked) {
        linked += 1;
        let path = state
            .join("sessions")
            .join(format!("{}.db", file.store_key));
        if !path.is_file() {
            faults.insert(format!("{}: missing", file.session));
        } else if let Some(fault) = copies::fault_of(&path).await {
            faults.insert(format!("{}: {fault}", file.session));
        }
    }
    if faults.is_empty() {
        return Finding::ok(ABOUT, format!("{linked} linked sessions, all sound"));
    }
    let faults: Vec<String> = faults.into_iter().collect();
    Finding::bad(
        Grade::Fault,
        ABOUT,
        faults.join("; "),
        "log those sessions out and link them again; the others are not touched",
    )
}

async fn secret(state: &Path) -> Finding {
    const ABOUT: &str = "secret key";
    let cure =
        "put secret.key back from a backup; without it the secrets of webhooks cannot be read";
    match fs::metadata(state.join("secret.key")) {
        Ok(file) if file.len() != KEY_BYTES as u64 => Finding::bad(
            Grade::Fault,
            ABOUT,
            format!("secret.key has {} bytes, not {KEY_BYTES}", file.len()),
            cure,
        ),
        Ok(file) if file.mode() & 0o077 != 0 => Finding::bad(
            Grade::Warning,
            ABOUT,
            "secret.key can be read by other users",
            "chmod 600 secret.key",
        ),
        Ok(_) => Finding::ok(ABOUT, "there, and for the daemon alone"),
        Err(_) if copies::has_webhooks(&state.join("wamux.db")).await => {
            Finding::bad(Grade::Fault, ABOUT, "secret.key is missing", cure)
        }
        Err(_) => Finding::ok(ABOUT, "none yet; the first start makes it"),
    }
}

/// Whether WhatsApp can be reached, and whether the clock agrees with its clock.
async fn network(endpoint: &Endpoint, now: Timestamp) -> Vec<Finding> {
    const CLOCK: &str = "clock";
    if now.as_second() < NOT_BEFORE {
        return vec![clock_is_off(CLOCK, format!("it is set to {now}"))];
    }
    if *endpoint != Endpoint::Production {
        let found = format!("not asked: whatsapp.endpoint is {endpoint}");
        return vec![
            Finding::ok(REACH, found),
            Finding::ok(CLOCK, now.to_string()),
        ];
    }
    match courier::probe(WHATSAPP, PATIENCE).await {
        Ok(date) => {
            let there = date.and_then(|date| rfc2822::parse(&date).ok());
            let off = there.map(|there| there.timestamp().as_second().abs_diff(now.as_second()));
            let clock = match off {
                Some(off) if off > CLOCK_OFF_SECS => {
                    clock_is_off(CLOCK, format!("it is {off} seconds off"))
                }
                Some(_) => Finding::ok(CLOCK, "right"),
                None => Finding::ok(CLOCK, now.to_string()),
            };
            vec![Finding::ok(REACH, format!("{WHATSAPP} answers")), clock]
        }
        Err(error) => vec![
            unreachable(&error),
            Finding::ok(CLOCK, format!("{now}; nobody was there to compare it with")),
        ],
    }
}

/// With all causes: a name that is not found has another cure than a connection that is refused.
fn unreachable(error: &CourierError) -> Finding {
    let causes = Failure::new(Exit::Internal, error).sentence;
    Finding::bad(
        Grade::Fault,
        REACH,
        format!("{WHATSAPP} cannot be reached: {causes}"),
        "look at DNS and the firewall: the daemon needs outgoing TCP 443, and uses no proxy",
    )
}

fn clock_is_off(about: &'static str, found: String) -> Finding {
    Finding::bad(
        Grade::Fault,
        about,
        found,
        "set it and keep it right: `timedatectl set-ntp true`",
    )
}

fn ffmpeg() -> Finding {
    const ABOUT: &str = "ffmpeg";
    let path = env::var_os("PATH").unwrap_or_default();
    match env::split_paths(&path)
        .map(|folder| folder.join("ffmpeg"))
        .find(|file| file.is_file())
    {
        Some(file) => Finding::ok(ABOUT, file.display().to_string()),
        None => Finding::ok(ABOUT, "not there; this version does not need it"),
    }
}

#[cfg(test)]
mod tests;

//! `wamux backup`, `restore`, `export` and `import`: all that a daemon keeps, or one session of it, as one file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use futures::TryFutureExt;

use super::progress::Work;
use super::{Cli, say};
use crate::app::archive::{Key, Seal};
use crate::app::backup::{self, BackupError, Summary, Target};
use crate::exit::{Exit, Failure};

/// Where a file goes, and who can read it.
#[derive(Clone, Debug, Args)]
pub struct Out {
    /// The file to write, which must not exist; - for the standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Encrypt it with the passphrase in the first line of FILE
    #[arg(long, value_name = "FILE", conflicts_with = "recipient")]
    passphrase_file: Option<PathBuf>,
    /// Encrypt it for the owner of this public key of age (age1…); this machine cannot open it then
    #[arg(long, value_name = "KEY")]
    recipient: Option<String>,
}

/// A file to read, and what opens it.
#[derive(Clone, Debug, Args)]
pub struct In {
    /// The file to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Open it with the passphrase in the first line of FILE
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    passphrase_file: Option<PathBuf>,
    /// Open it with the private key in FILE, as age-keygen writes it
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

/// One session, and where it goes.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// The session; it must be stopped, or the daemon
    #[arg(value_name = "SESSION")]
    session: String,
    #[command(flatten)]
    out: Out,
}

impl Out {
    fn target(&self) -> Target {
        if self.file == Path::new("-") {
            Target::Stdout
        } else {
            Target::File(self.file.clone())
        }
    }

    fn seal(&self) -> Result<Seal, Failure> {
        match (&self.passphrase_file, &self.recipient) {
            (Some(file), _) => Ok(Seal::passphrase(passphrase(file)?)),
            (None, Some(key)) => Seal::recipient(key).map_err(|error| bad(&error)),
            (None, None) => Ok(Seal::Open),
        }
    }
}

impl In {
    fn key(&self) -> Result<Key, Failure> {
        match (&self.passphrase_file, &self.identity) {
            (Some(file), _) => Ok(Key::passphrase(passphrase(file)?)),
            (None, Some(file)) => Ok(Key::Identity(file.clone())),
            (None, None) => Ok(Key::None),
        }
    }
}

/// Writes everything that the daemon keeps to a file, while it runs.
pub async fn backup(cli: &Cli, out: &Out) -> Result<Exit, Failure> {
    let (config, target, seal) = (cli.read_config()?, out.target(), out.seal()?);
    let state = (config.state.dir.as_path(), config.limits.min_free());
    let work = Work::begin("backup")?;
    let mut tell = |done, total| work.tell(done, total);
    let made = backup::create(state, &target, &seal, &mut tell).map_err(failure);
    let summary = work.droppable(made).await?;
    drop(work);
    told(&target, &written(&summary, &seal));
    Ok(Exit::Ok)
}

/// Writes one session to a file.
pub async fn export(cli: &Cli, args: &ExportArgs) -> Result<Exit, Failure> {
    let (session, target) = (&args.session, args.out.target());
    let (config, seal) = (cli.read_config()?, args.out.seal()?);
    let state = (config.state.dir.as_path(), config.limits.min_free());
    let work = Work::begin("export")?;
    let mut tell = |done, total| work.tell(done, total);
    let made = backup::export(state, session, &target, &seal, &mut tell).map_err(failure);
    let summary = work.droppable(made).await?;
    drop(work);
    let line = format!(
        "{}\nSession {session} is still here as well. Never run it in two places: delete it here before it is started there.",
        written(&summary, &seal)
    );
    told(&target, &line);
    Ok(Exit::Ok)
}

/// Puts a backup into an empty state folder.
pub async fn restore(cli: &Cli, from: &In) -> Result<Exit, Failure> {
    let (state, key) = (state(cli)?, from.key()?);
    let work = Work::begin("restore")?;
    let mut tell = |done, total| work.tell(done, total);
    let restored = backup::restore(&state, &from.file, &key, &mut tell).map_err(failure);
    let summary = work.whole(restored).await?;
    drop(work);
    say(&format!(
        "restored {} as of {} into {}. Start the daemon; never run it beside the one that the backup is of.",
        sessions(summary.sessions),
        summary.at,
        state.display()
    ));
    Ok(Exit::Ok)
}

/// Adds one session from a file to a daemon that is not running.
pub async fn import(cli: &Cli, from: &In) -> Result<Exit, Failure> {
    let (state, key) = (state(cli)?, from.key()?);
    let work = Work::begin("import")?;
    let mut tell = |done, total| work.tell(done, total);
    let taken = backup::import(&state, &from.file, &key, &mut tell).map_err(failure);
    let (session, summary) = work.whole(taken).await?;
    drop(work);
    say(&format!(
        "session {session} is here as of {}, stopped. Start the daemon and then the session, once it runs nowhere else.",
        summary.at
    ));
    Ok(Exit::Ok)
}

fn state(cli: &Cli) -> Result<PathBuf, Failure> {
    Ok(cli.read_config()?.state.dir)
}

fn passphrase(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure {
        exit: Exit::Usage,
        sentence: format!(
            "the passphrase in {} cannot be read: {error}",
            file.display()
        ),
    })?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(Failure {
            exit: Exit::Usage,
            sentence: format!(
                "the first line of {} is empty; write the passphrase there",
                file.display()
            ),
        }),
    }
}

fn written(summary: &Summary, seal: &Seal) -> String {
    let read_again = if summary.verified {
        "It was read again and is whole"
    } else {
        "It was not read again"
    };
    let secret = match seal {
        Seal::Open => "; it is not encrypted: whoever has it can read and write as these accounts",
        Seal::Passphrase(_) | Seal::Recipient(_) => "; it is encrypted",
    };
    format!(
        "wrote {}, {:.1} MiB before packing, as of {}. {read_again}{secret}.",
        sessions(summary.sessions),
        mib(summary.bytes),
        summary.at
    )
}

fn sessions(count: usize) -> String {
    format!("{count} session{}", if count == 1 { "" } else { "s" })
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with one digit")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

/// On stdout, unless the file itself went there.
fn told(target: &Target, line: &str) {
    match target {
        Target::File(_) => say(line),
        Target::Stdout => {
            writeln!(io::stderr(), "{line}").ok();
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn failure(error: BackupError) -> Failure {
    Failure::new(error.exit_code(), &error)
}

fn bad(error: &dyn std::error::Error) -> Failure {
    Failure::new(Exit::Usage, error)
}

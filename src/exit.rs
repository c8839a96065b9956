//! How the process ends: the exit codes, and the one sentence that goes with a failure.
//!
//! The numbers follow `sysexits.h` where it has one. DEPLOY.md and `wamux --help` list them; a test compares.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::config::ConfigError;

/// What the exit code says to whoever started the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked to, and stopped in order.
    Ok,
    /// Something failed that the operator cannot cure by configuration.
    Internal,
    /// The command line or the configuration is wrong.
    Usage,
    /// The address cannot be listened on: mostly because another process does.
    CannotListen,
    /// It crashed while stopping, or did not stop in time, or was told to end at once.
    Unclean,
    /// The state folder cannot be written to.
    StateNotWritable,
    /// The database's file was removed or replaced while it ran.
    DatabaseLost,
    /// The build does not verify WhatsApp's certificate, and so must not run.
    SelfCheckFailed,
}

impl Exit {
    /// Every way to end, in the order of the codes.
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Internal,
        Self::Usage,
        Self::CannotListen,
        Self::Unclean,
        Self::StateNotWritable,
        Self::DatabaseLost,
        Self::SelfCheckFailed,
    ];

    /// The code that the process exits with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Internal => 1,
            Self::Usage => 64,
            Self::CannotListen => 69,
            Self::Unclean => 70,
            Self::StateNotWritable => 73,
            Self::DatabaseLost => 74,
            Self::SelfCheckFailed => 77,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command failed: a sentence for the operator and the code for whatever runs the process.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What is wrong and what cures it.
    pub sentence: String,
}

impl Failure {
    /// A failure whose sentence is the error and all of its causes.
    pub fn new(exit: Exit, error: &dyn std::error::Error) -> Self {
        let mut sentence = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            sentence = format!("{sentence}: {inner}");
            cause = inner.source();
        }
        Self { exit, sentence }
    }

    /// Writes the sentence to stderr and gives back the code.
    pub fn report(&self) -> Exit {
        // A closed stderr leaves nobody to tell; the code still says it.
        writeln!(io::stderr(), "wamux: {self}").ok();
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Usage, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_list_every_code() {
        let deploy = include_str!("../DEPLOY.md");
        for exit in Exit::ALL {
            let code = exit.code();
            assert!(
                deploy.contains(&format!("| {code} |")),
                "DEPLOY.md does not list exit code {code}"
            );
        }
    }

    #[test]
    fn a_failure_names_all_of_its_causes() {
        let cause = io::Error::new(io::ErrorKind::PermissionDenied, "permission denied");
        let error = io::Error::other(cause);
        let failure = Failure::new(Exit::StateNotWritable, &error);
        assert_eq!(failure.sentence, "permission denied");
        assert_eq!(failure.exit.code(), 73);
    }
}

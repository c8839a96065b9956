//! Which of the two builds of the daemon this is.

use std::fmt;

/// The kind of build. A sandbox build skips the check of WhatsApp's certificate chain at compile time and therefore
/// must never leave this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Talks to WhatsApp and verifies it.
    Production,
    /// Talks to a simulator on loopback, and to nothing else.
    Sandbox,
}

impl Build {
    /// The build that is running.
    pub const CURRENT: Self = if cfg!(feature = "sandbox") {
        Self::Sandbox
    } else {
        Self::Production
    };

    /// The word that the API, the log and the dashboard use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

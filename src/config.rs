//! What the operator decides, checked before anything starts.
//!
//! A value comes from four places, each stronger than the one before: the defaults here, `config.toml`, `WAMUX_*`
//! in the environment, the flags of the command. One file per section holds its keys, defaults and checks.
//! Knows nothing of the layers that use the values.

mod auth;
mod branding;
mod build;
mod changes;
mod endpoint;
mod events;
mod fault;
mod limits;
mod log;
mod meter;
mod server;
mod sources;
mod state;
mod telemetry;
#[cfg(test)]
mod tests;
mod webhooks;
mod whatsapp;

use figment::Figment;
use figment::value::Dict;
use serde::de::DeserializeOwned;

pub use auth::{ApiKey, AuthConfig};
pub use branding::BrandingConfig;
pub use build::Build;
pub use endpoint::{Endpoint, EndpointError, SandboxUrl};
pub use events::EventsConfig;
pub use fault::{ConfigError, Fault};
pub use limits::LimitsConfig;
pub use log::{LogConfig, LogFormat};
pub use meter::MetricsConfig;
pub use server::ServerConfig;
pub use sources::{DEFAULT_FILE, Flags, Sources};
pub use state::StateConfig;
pub use telemetry::TelemetryConfig;
pub use webhooks::WebhooksConfig;
pub use whatsapp::{AppVersion, ParseAppVersionError, WhatsAppConfig};

use fault::Faults;

/// The tables of `config.toml`; any other is refused.
const SECTIONS: [&str; 11] = [
    "server",
    "auth",
    "state",
    "whatsapp",
    "log",
    "metrics",
    "telemetry",
    "limits",
    "events",
    "webhooks",
    "branding",
];

/// Everything the operator can set. `Config::default()` is what an empty `config.toml` means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Where the daemon listens and what it accepts there.
    pub server: ServerConfig,
    /// Who may call it.
    pub auth: AuthConfig,
    /// Where it keeps what must survive a restart.
    pub state: StateConfig,
    /// How it presents itself to WhatsApp, and which server that is.
    pub whatsapp: WhatsAppConfig,
    /// What it writes to stderr.
    pub log: LogConfig,
    /// What it counts, and who may read that.
    pub metrics: MetricsConfig,
    /// Where it sends traces.
    pub telemetry: TelemetryConfig,
    /// How much it does at once before it says no.
    pub limits: LimitsConfig,
    /// How long it keeps what happened, and how it tells of it.
    pub events: EventsConfig,
    /// Whom it may call about events, and how often it tries.
    pub webhooks: WebhooksConfig,
    /// How the pages of pairing links look.
    pub branding: BrandingConfig,
}

impl Config {
    /// Reads and checks the configuration. The error lists every fault that was found, of both kinds: values that
    /// cannot be read and values that must not be used.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let figment = sources.figment()?;
        let mut faults = Faults::default();
        let config = Self::extract(&figment, &mut faults);
        config.check(Build::CURRENT, &mut faults);
        faults.locate(&figment).into_result(config)
    }

    /// Reads the configuration without judging its values: for commands that need a part of it only, and for the
    /// sandbox, which names its own endpoint before it calls [`Config::validate`].
    pub fn read(sources: &Sources) -> Result<Self, ConfigError> {
        let figment = sources.figment()?;
        let mut faults = Faults::default();
        let config = Self::extract(&figment, &mut faults);
        faults.locate(&figment).into_result(config)
    }

    /// Checks the values for the build that is running. The error lists every fault.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.validate_for(Build::CURRENT)
    }

    /// Checks the values for a build of the given kind, which decides the endpoints that are allowed.
    pub fn validate_for(&self, build: Build) -> Result<(), ConfigError> {
        let mut faults = Faults::default();
        self.check(build, &mut faults);
        faults.into_result(())
    }

    fn check(&self, build: Build, faults: &mut Faults) {
        self.server.validate(faults);
        self.auth.validate(faults);
        self.state.validate(faults);
        self.whatsapp.validate(build, faults);
        self.log.validate(faults);
        self.telemetry.validate(faults);
        self.limits.validate(faults);
        self.events.validate(faults);
        self.webhooks.validate(faults);
        self.branding.validate(faults);
    }

    fn extract(figment: &Figment, faults: &mut Faults) -> Self {
        refuse_unknown_sections(figment, faults);
        Self {
            server: section(figment, "server", faults),
            auth: section(figment, "auth", faults),
            state: section(figment, "state", faults),
            whatsapp: section(figment, "whatsapp", faults),
            log: section(figment, "log", faults),
            metrics: section(figment, "metrics", faults),
            telemetry: section(figment, "telemetry", faults),
            limits: section(figment, "limits", faults),
            events: section(figment, "events", faults),
            webhooks: section(figment, "webhooks", faults),
            branding: section(figment, "branding", faults),
        }
    }
}

/// One section from its sources; a fault in it is noted and its defaults stand in, so that the others are still read.
fn section<T: DeserializeOwned + Default>(figment: &Figment, name: &str, faults: &mut Faults) -> T {
    if !figment.contains(name) {
        return T::default();
    }
    // "Lossy" lets text stand for a number: everything from the environment is text.
    figment.extract_inner_lossy(name).unwrap_or_else(|error| {
        faults.add_unreadable(name, error);
        T::default()
    })
}

fn refuse_unknown_sections(figment: &Figment, faults: &mut Faults) {
    let names: Dict = figment.extract().unwrap_or_default();
    for name in names
        .keys()
        .filter(|name| !SECTIONS.contains(&name.as_str()))
    {
        faults.add(
            name,
            format!("unknown section; known are {}", SECTIONS.join(", ")),
        );
    }
}

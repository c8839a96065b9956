//! Where values come from: a file, the environment, flags. The only reader of the environment.

use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::util::nest;
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::fault::{ConfigError, Fault};

/// The file that is read when no other is named and it exists in the working directory.
pub const DEFAULT_FILE: &str = "config.toml";

const ENV_PREFIX: &str = "WAMUX_";
const ENV_LEVEL: &str = "__";

/// Values that were given as flags; each beats every other source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--listen`, for `server.listen`.
    pub listen: Option<String>,
    /// `--state-dir`, for `state.dir`.
    pub state_dir: Option<String>,
    /// `--log-level`, for `log.level`.
    pub log_level: Option<String>,
    /// `--log-format`, for `log.format`.
    pub log_format: Option<String>,
}

/// Everything that a configuration is read from. Tests build it in code and never touch the real environment.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A file that was named and must exist; without one [`DEFAULT_FILE`] is read if it is there.
    pub file: Option<PathBuf>,
    /// Environment variables; names that are not keys of ours are passed over.
    pub env: Vec<(String, String)>,
    /// Flags of the command.
    pub flags: Flags,
}

impl Sources {
    /// The sources of a real process: the named file, its environment, its flags.
    pub fn of_process(file: Option<PathBuf>, flags: Flags) -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let env = std::env::vars_os()
            .map(|(name, value)| (text(name), text(value)))
            .collect();
        Self { file, env, flags }
    }

    /// The sources on top of each other, weakest first.
    pub(super) fn figment(&self) -> Result<Figment, ConfigError> {
        let mut figment = Figment::new();
        if let Some(path) = self.path()? {
            let file = Toml::file_exact(&path);
            file.data().map_err(|error| unreadable(&path, &error))?;
            figment = figment.merge(file);
        }
        Ok(self
            .environment()
            .chain(self.flags.given())
            .fold(figment, Figment::merge))
    }

    fn path(&self) -> Result<Option<PathBuf>, ConfigError> {
        match &self.file {
            Some(path) if path.is_file() => Ok(Some(path.clone())),
            Some(path) => Err(unreadable(path, &"there is no such file")),
            None => Ok(Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.is_file())),
        }
    }

    /// `WAMUX_SERVER__LISTEN` is `server.listen`. A name without `__` is no key: orchestrators set variables such as
    /// `WAMUX_PORT` by themselves. An empty value counts as not set, as Compose files pass those on.
    fn environment(&self) -> impl Iterator<Item = Given> {
        self.env.iter().filter_map(|(name, value)| {
            let key = name
                .strip_prefix(ENV_PREFIX)
                .filter(|key| key.contains(ENV_LEVEL) && !value.is_empty())?;
            let key = key.replace(ENV_LEVEL, ".").to_lowercase();
            Some(Given {
                key,
                value: from_text(value),
                place: name.clone(),
            })
        })
    }
}

impl Flags {
    fn given(&self) -> impl Iterator<Item = Given> {
        let flags = [
            ("--listen", "server.listen", &self.listen),
            ("--state-dir", "state.dir", &self.state_dir),
            ("--log-level", "log.level", &self.log_level),
            ("--log-format", "log.format", &self.log_format),
        ];
        flags.into_iter().filter_map(|(flag, key, value)| {
            Some(Given {
                key: key.into(),
                value: Value::from(value.clone()?),
                place: flag.into(),
            })
        })
    }
}

/// A text as it is, or a list when it is written as one: `[a, b]`. A number stays text until its key asks for one, so
/// that a key or a name made of digits keeps its leading zeros.
fn from_text(text: &str) -> Value {
    match text.parse() {
        Ok(Value::Array(tag, list)) => Value::Array(tag, list),
        _ => Value::from(text),
    }
}

fn unreadable(path: &Path, problem: &dyn ToString) -> ConfigError {
    Fault {
        key: String::new(),
        place: Some(path.display().to_string()),
        problem: problem.to_string(),
    }
    .into()
}

/// One value, its dotted key, and how the operator spelled that key.
struct Given {
    key: String,
    value: Value,
    place: String,
}

impl Provider for Given {
    fn metadata(&self) -> Metadata {
        let place = self.place.clone();
        Metadata::named("given").interpolater(move |_: &Profile, _: &[&str]| place.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = nest(&self.key, self.value.clone())
            .into_dict()
            .unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

//! Faults in the configuration: collected, given their place, and told all at once.

use std::fmt;
use std::ops::RangeInclusive;

use figment::error::Kind;
use figment::{Figment, Metadata, Profile, Source};

/// One thing that is wrong with the configuration, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key, as in `server.listen`; empty when a whole source cannot be read.
    pub key: String,
    /// The file, variable or flag that the value came from; none when it is a default.
    pub place: Option<String>,
    /// What is wrong and how to cure it, without a full stop.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.problem)?;
        match &self.place {
            Some(place) => write!(f, " (in {place})"),
            None => Ok(()),
        }
    }
}

/// The configuration cannot be used. Its text is one sentence for one fault, a list for more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// Every fault that was found; never empty.
    pub faults: Vec<Fault>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.as_slice() {
            [only] => write!(f, "the configuration cannot be used: {only}"),
            many => {
                write!(f, "the configuration has {} faults:", many.len())?;
                many.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
            }
        }
    }
}

impl From<Fault> for ConfigError {
    fn from(fault: Fault) -> Self {
        Self {
            faults: vec![fault],
        }
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes what is wrong with the value of `key`.
    pub(super) fn add(&mut self, key: &str, problem: impl Into<String>) {
        self.0.push(Fault {
            key: key.into(),
            place: None,
            problem: problem.into(),
        });
    }

    /// Notes a value outside of `range`; `unit` reads after the number, as in "seconds".
    pub(super) fn add_unless_within(
        &mut self,
        key: &str,
        value: u64,
        range: &RangeInclusive<u64>,
        unit: &str,
    ) {
        if !range.contains(&value) {
            self.add(
                key,
                format!(
                    "{value} is out of range; use {} to {} {unit}",
                    range.start(),
                    range.end()
                ),
            );
        }
    }

    /// Notes that a section could not be read.
    pub(super) fn add_unreadable(&mut self, section: &str, error: figment::Error) {
        for mut error in error {
            // figment puts the name of an extracted section behind the path, where it belongs in front.
            error.path.pop_if(|last| last == section);
            error.path.insert(0, section.into());
            self.add(&error.path.join("."), explain(error.kind));
        }
    }

    /// Says for every fault where its value came from.
    pub(super) fn locate(mut self, figment: &Figment) -> Self {
        for fault in &mut self.0 {
            fault.place = figment
                .find_metadata(&fault.key)
                .map(|metadata| place(metadata, &fault.key));
        }
        self
    }

    /// `value` when there is no fault.
    pub(super) fn into_result<T>(self, value: T) -> Result<T, ConfigError> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(ConfigError { faults: self.0 })
        }
    }
}

fn explain(kind: Kind) -> String {
    match kind {
        Kind::UnknownField(_, known) => format!("unknown key; known here are {}", known.join(", ")),
        Kind::UnknownVariant(value, known) => {
            format!("`{value}` is not one of {}", known.join(", "))
        }
        Kind::InvalidType(found, wanted) | Kind::InvalidValue(found, wanted) => {
            format!("found {found}, expected {wanted}")
        }
        other => other.to_string(),
    }
}

fn place(metadata: &Metadata, key: &str) -> String {
    match metadata.source.as_ref().and_then(Source::file_path) {
        Some(path) => path.display().to_string(),
        None => metadata.interpolate(&Profile::Default, &key.split('.').collect::<Vec<_>>()),
    }
}

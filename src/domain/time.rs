//! A moment in time as records carry it: milliseconds precise, RFC 3339 in UTC where people read it.

use crate::domain::id::ParseIdError;
use crate::domain::schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use std::fmt;
use std::time::Duration;
use utoipa::openapi::KnownFormat;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::SchemaFormat;
use utoipa::openapi::schema::Type;

/// A moment, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// From milliseconds since the Unix epoch; moments that no calendar holds are brought to the nearest one.
    pub fn from_millis(millis: i64) -> Self {
        let limit = if millis < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        };
        Self(jiff::Timestamp::from_millisecond(millis).unwrap_or(limit))
    }

    /// Milliseconds since the Unix epoch, as records store it.
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The moment `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self::from_millis(
            self.as_millis()
                .saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The moment `span` earlier.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self::from_millis(
            self.as_millis()
                .saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The reverse of its text form; any offset is taken.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        let wrong =
            || ParseIdError::new("moment", "use RFC 3339, such as 2026-11-24T03:21:53Z", text);
        text.parse::<jiff::Timestamp>()
            .map(Self::from)
            .map_err(|_| wrong())
    }

    /// How much later this is than `earlier`; zero when it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.as_millis() - earlier.as_millis()).unwrap_or(0))
    }
}

schema::described!(
    Timestamp,
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some(
            "A moment, RFC 3339; in answers always in UTC and with milliseconds."
        ))
        .examples(["2026-11-24T03:21:53.007Z"])
        .into()
);

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        Self::from_millis(moment.as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_rfc_3339_in_utc_with_milliseconds() {
        assert_eq!(
            Timestamp::from_millis(1_795_490_513_007).to_string(),
            "2026-11-24T03:21:53.007Z"
        );
        assert_eq!(
            Timestamp::from_millis(0).to_string(),
            "1970-01-01T00:00:00.000Z"
        );
    }

    #[test]
    fn it_is_read_in_every_zone_and_refused_without_one() {
        let read = |text| Timestamp::parse(text).map(|moment| moment.to_string()).ok();
        let utc = Some("2026-11-24T03:21:53.000Z".to_owned());
        assert_eq!(read("2026-11-24T03:21:53Z"), utc);
        assert_eq!(read("2026-11-24T00:21:53-03:00"), utc);
        for text in [
            "",
            "2026-11-24",
            "2026-11-24T03:21:53",
            "soon",
            "1795490513",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn arithmetic_never_wraps() {
        let now = Timestamp::from_millis(1000);
        assert_eq!(
            now.plus(Duration::from_millis(5)).since(now),
            Duration::from_millis(5)
        );
        assert_eq!(now.since(now.plus(Duration::from_secs(1))), Duration::ZERO);
        assert!(Timestamp::from_millis(i64::MAX).plus(Duration::MAX) >= now);
    }
}

//! A pairing link: what opens the linking of one session, for a time, to whoever has its token.

use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a link answers after its session was connected, so that its page can say so.
const FAREWELL: Duration = Duration::from_mins(1);

/// The language of a link's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LinkLocale)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English.
    En,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
}

impl Locale {
    /// Every language.
    const ALL: [Self; 3] = [Self::En, Self::Es, Self::Pt];

    /// The name as the API and the store write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Pt => "pt",
        }
    }

    /// The reverse of [`Locale::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.as_str() == name)
    }
}

/// What opens a link. It prints as dots, and only its digest is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken(String);

impl LinkToken {
    const PREFIX: &str = "lnk_";
    /// 32 bytes in base64url.
    const CHARS: usize = 43;

    /// From random characters of base64url.
    pub fn new(characters: &str) -> Self {
        Self(format!("{}{characters}", Self::PREFIX))
    }

    /// The token in a path, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let characters = text.strip_prefix(Self::PREFIX)?;
        let valid = characters.len() == Self::CHARS
            && characters
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        valid.then(|| Self(text.to_owned()))
    }

    /// The token itself. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

/// A link, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairingLink {
    /// The session whose linking it opens.
    pub session_id: SessionId,
    /// The language of its page; none: the browser's.
    pub locale: Option<Locale>,
    /// Where its page leads when all is done.
    pub return_url: Option<String>,
    /// When it stops to be good.
    pub expires_at: Timestamp,
    /// When the session was connected through it.
    pub used_at: Option<Timestamp>,
}

impl PairingLink {
    /// Until when it answers at all.
    pub fn answers_until(&self) -> Timestamp {
        self.used_at
            .map_or(self.expires_at, |used| used.plus(FAREWELL))
    }

    /// Whether it opens anything but a look at how it ended.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn link(used_at: Option<Timestamp>) -> PairingLink {
        PairingLink {
            session_id: SessionId::parse("ana").unwrap(),
            locale: Some(Locale::Pt),
            return_url: None,
            expires_at: at(10_000),
            used_at,
        }
    }

    #[test]
    fn a_link_is_good_until_it_expires() {
        let link = link(None);
        assert!(link.is_good(at(9_999)) && !link.is_good(at(10_000)));
        assert_eq!(link.answers_until(), at(10_000));
    }

    #[test]
    fn a_link_that_was_used_opens_nothing_and_answers_for_a_minute_also_beyond_its_time() {
        let link = link(Some(at(9_000)));
        assert!(!link.is_good(at(9_000)));
        assert_eq!(link.answers_until(), at(69_000));
    }

    #[test]
    fn a_token_has_the_length_of_its_bits_and_never_prints() {
        let good = format!("lnk_{}", "aB3-_".repeat(9).get(..43).unwrap());
        let token = LinkToken::parse(&good).unwrap();
        assert_eq!(token.expose(), good);
        assert!(!format!("{token:?}").contains("aB3"));
        for bad in [
            "",
            "lnk_",
            &good[4..],
            &good[..46],
            &format!("{good}a"),
            &good.replace('-', "+"),
            &good.replace("lnk_", "tkt_"),
        ] {
            assert!(LinkToken::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn languages_survive_the_store() {
        for locale in Locale::ALL {
            assert_eq!(Locale::from_name(locale.as_str()), Some(locale));
        }
        assert_eq!(Locale::from_name("de"), None);
    }
}

//! Who is calling: an API key becomes a [`Caller`] with scopes and, one day, a client of its own.
//!
//! It knows digests of keys, never a key beyond the request that carries it.

use crate::domain::id::ClientId;
use crate::http::error::ApiError;
use crate::http::error::Code;
use sha2::Digest;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use warp::http::HeaderMap;
use warp::http::HeaderValue;
use warp::http::header;

/// The header that integration tools use; `Authorization: Bearer` is the other way.
pub(super) const API_KEY_HEADER: &str = "x-api-key";

/// One thing that a caller may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// See sessions and messages.
    Read,
    /// Send messages.
    Send,
    /// Create, link, stop and delete sessions.
    Manage,
    /// Everything, the daemon itself included.
    Admin,
}

impl Scope {
    const ALL: [Self; 4] = [Self::Read, Self::Send, Self::Manage, Self::Admin];

    /// The name as the API writes it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Send => "send",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }
}

/// A set of [`Scope`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Scopes(u8);

impl Scopes {
    /// These and no others.
    pub(super) fn of(scopes: &[Scope]) -> Self {
        Self(
            scopes
                .iter()
                .fold(0, |bits, scope| bits | 1 << *scope as u8),
        )
    }

    /// Whether it has this one; admin has all.
    pub(super) fn contains(self, scope: Scope) -> bool {
        self.names_one(scope) || self.names_one(Scope::Admin)
    }

    /// The names of those that were given, without what they imply.
    pub(super) fn names(self) -> Vec<&'static str> {
        let given = Scope::ALL
            .into_iter()
            .filter(|scope| self.names_one(*scope));
        given.map(Scope::as_str).collect()
    }

    fn names_one(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }
}

/// Whoever made the request.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// What it may do.
    pub scopes: Scopes,
    /// The only client whose sessions it may see; none for all of them.
    pub client: Option<ClientId>,
}

impl Caller {
    /// Whether sessions of this client exist for the caller.
    pub(super) fn may_see(&self, client: &ClientId) -> bool {
        self.client.as_ref().is_none_or(|own| own == client)
    }

    /// Refuses a caller that lacks the scope.
    pub(super) fn require(&self, scope: Scope) -> Result<(), ApiError> {
        if self.scopes.contains(scope) {
            return Ok(());
        }
        let what = format!("this key does not have the scope {}", scope.as_str());
        Err(ApiError::new(Code::Forbidden, what).with("scope", scope.as_str()))
    }
}

/// The keys that open the API, as SHA-256 digests. Today there is one, with every right.
#[derive(Clone)]
pub struct Keys {
    admin: [u8; 32],
}

impl Keys {
    /// One key that may do everything.
    pub fn admin(key: &str) -> Self {
        Self {
            admin: Sha256::digest(key.as_bytes()).into(),
        }
    }

    /// The digest of that key, in hexadecimal: all that has to be kept of it.
    pub fn hash(&self) -> String {
        self.admin
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect()
    }

    /// The reverse of [`Keys::hash`]; none when the text is not a digest.
    pub fn from_hash(text: &str) -> Option<Self> {
        let valid = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut admin = [0; 32];
        for (index, byte) in admin.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        valid.then_some(Self { admin })
    }

    /// The caller behind a request's headers.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let key = presented(headers)
            .ok_or_else(|| refused(Code::MissingApiKey, "the request has no API key"))?;
        let digest: [u8; 32] = Sha256::digest(key).into();
        // The digests are compared in constant time, so the time tells nothing of how much was right.
        if bool::from(digest.ct_eq(&self.admin)) {
            return Ok(Caller {
                scopes: Scopes::of(&[Scope::Admin]),
                client: None,
            });
        }
        tracing::warn!("a request came with a wrong API key");
        Err(refused(
            Code::InvalidApiKey,
            "the API key is not one of this daemon",
        ))
    }
}

/// `X-Api-Key` wins: behind a proxy with Basic authentication, `Authorization` is the proxy's.
fn presented(headers: &HeaderMap) -> Option<&[u8]> {
    let own = headers.get(API_KEY_HEADER).map(HeaderValue::as_bytes);
    let bearer = || {
        let (scheme, key) = headers
            .get(header::AUTHORIZATION)?
            .as_bytes()
            .split_at_checked(b"bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(key)
    };
    own.or_else(bearer)
        .map(<[u8]>::trim_ascii)
        .filter(|key| !key.is_empty())
}

/// An error that says how to be let in.
pub(super) fn refused(code: Code, what: &str) -> ApiError {
    ApiError::new(code, what).with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"wamux\""),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(headers: &[(&'static str, &'static str)]) -> Result<Caller, &'static str> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        Keys::admin("right")
            .caller(&headers)
            .map_err(|error| error.code())
    }

    #[test]
    fn the_key_opens_in_either_header() {
        for headers in [
            [("x-api-key", "right")],
            [("authorization", "Bearer right")],
            [("authorization", "bearer  right ")],
        ] {
            let caller = caller(&headers).expect("the right key");
            assert!(caller.scopes.contains(Scope::Manage) && caller.client.is_none());
        }
    }

    #[test]
    fn a_kept_digest_opens_to_the_same_key() {
        let kept = Keys::admin("right").hash();
        let headers = [(
            header::AUTHORIZATION,
            HeaderValue::from_static("Bearer right"),
        )]
        .into_iter()
        .collect();
        assert!(Keys::from_hash(&kept).unwrap().caller(&headers).is_ok());
        for bad in [
            "",
            "ab",
            &kept[1..],
            &format!("{kept}0"),
            &kept.replacen(|_| true, "+", 1),
            &"ü".repeat(32),
        ] {
            assert!(Keys::from_hash(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn behind_a_proxy_with_basic_authentication_the_own_header_counts() {
        assert!(
            caller(&[
                ("authorization", "Basic dXNlcjpwYXNz"),
                ("x-api-key", "right")
            ])
            .is_ok()
        );
    }

    #[test]
    fn no_key_and_a_wrong_key_are_told_apart() {
        for headers in [
            &[][..],
            &[("x-api-key", "")],
            &[("authorization", "Basic right")],
            &[("authorization", "Bearer ")],
            &[("authorization", "x")],
        ] {
            assert_eq!(
                caller(headers).unwrap_err(),
                "missing_api_key",
                "{headers:?}"
            );
        }
        for key in ["wrong", "righ", "right1", "RIGHT"] {
            assert_eq!(
                caller(&[("x-api-key", key)]).unwrap_err(),
                "invalid_api_key",
                "{key}"
            );
        }
    }

    #[test]
    fn scopes_give_what_they_name_and_admin_gives_all() {
        let reader = Caller {
            scopes: Scopes::of(&[Scope::Read, Scope::Send]),
            client: None,
        };
        assert!(reader.require(Scope::Read).is_ok() && reader.require(Scope::Send).is_ok());
        assert_eq!(
            reader.require(Scope::Manage).unwrap_err().code(),
            "forbidden"
        );
        assert!(reader.require(Scope::Admin).is_err());
        assert!(
            [Scope::Read, Scope::Send, Scope::Manage, Scope::Admin]
                .into_iter()
                .all(|scope| Scopes::of(&[Scope::Admin]).contains(scope))
        );
        assert!(!Scopes::default().contains(Scope::Read));
        assert_eq!(reader.scopes.names(), ["read", "send"]);
        assert_eq!(Scopes::of(&[Scope::Admin]).names(), ["admin"]);
    }

    #[test]
    fn a_caller_sees_its_own_client_or_all() {
        let [own, other] = ["own", "other"].map(|id| ClientId::parse(id).unwrap());
        let bound = Caller {
            scopes: Scopes::default(),
            client: Some(own.clone()),
        };
        assert!(bound.may_see(&own) && !bound.may_see(&other));
        assert!(
            Caller {
                scopes: Scopes::default(),
                client: None
            }
            .may_see(&other)
        );
    }
}

//! Query parameters, taken one by one; what is left over at the end is refused by name.
//!
//! Lists come in pages, and a page's cursor is opaque to callers: base64url of what the lists themselves use.

use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::http::error::ApiError;
use crate::http::json::shortened;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt::Display;

/// How many items a page has when nobody says.
const PAGE_DEFAULT: u32 = 50;

/// The longest cursor, in characters; ours are far shorter.
const CURSOR_CHARS: usize = 512;

/// The parameters that have not been taken yet.
pub(super) struct Query {
    left: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl Query {
    /// Splits and decodes the part after `?`; the same name twice is refused.
    pub(super) fn parse(raw: &str) -> Result<Self, ApiError> {
        let mut left: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()).into_owned() {
            if left.iter().any(|(other, _)| *other == name) {
                return Err(ApiError::parameter(
                    &name,
                    format!("the parameter {} is given twice", shortened(&name)),
                ));
            }
            left.push((name, value));
        }
        Ok(Self {
            left,
            known: Vec::new(),
        })
    }

    /// Takes a parameter, if it is there.
    pub(super) fn take<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ApiError> {
        self.known.push(name);
        let Some(index) = self.left.iter().position(|(given, _)| given == name) else {
            return Ok(None);
        };
        let (_, value) = self.left.swap_remove(index);
        parse(&value)
            .map(Some)
            .map_err(|error| ApiError::parameter(name, format!("`{name}` is wrong: {error}")))
    }

    /// Takes a whole number within bounds.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        min: u64,
        max: u64,
    ) -> Result<Option<u64>, ApiError> {
        self.take(name, |value| {
            let number = value
                .parse()
                .ok()
                .filter(|number| (min..=max).contains(number));
            number.ok_or_else(|| {
                format!(
                    "{} is not a whole number from {min} to {max}",
                    shortened(value)
                )
            })
        })
    }

    /// Takes `limit`.
    pub(super) fn limit(&mut self, max: u32) -> Result<u32, ApiError> {
        let limit = self
            .number("limit", 1, u64::from(max))?
            .and_then(|limit| u32::try_from(limit).ok());
        Ok(limit.unwrap_or(PAGE_DEFAULT.min(max)))
    }

    /// Takes `limit` and `cursor`.
    pub(super) fn page(&mut self, max: u32) -> Result<PageRequest, ApiError> {
        let limit = self.limit(max)?;
        let after = self.take("cursor", |text| {
            decode_cursor(text).ok_or("it is not the nextCursor of a page")
        })?;
        Ok(PageRequest { limit, after })
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        let Some((name, _)) = self.left.first() else {
            return Ok(());
        };
        let known = if self.known.is_empty() {
            "there are none here".to_owned()
        } else {
            format!("use {}", self.known.join(", "))
        };
        Err(ApiError::parameter(
            name,
            format!("there is no parameter {}; {known}", shortened(name)),
        ))
    }
}

/// The page with its cursor in the form that callers get.
pub(super) fn with_opaque_cursor<T>(page: Page<T>) -> Page<T> {
    Page {
        next_cursor: page
            .next_cursor
            .map(|cursor| URL_SAFE_NO_PAD.encode(cursor)),
        ..page
    }
}

fn decode_cursor(text: &str) -> Option<String> {
    if text.is_empty() || text.len() > CURSOR_CHARS {
        return None;
    }
    String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(raw: &str) -> Result<PageRequest, String> {
        let mut query = Query::parse(raw).map_err(|error| error.code().to_owned())?;
        let name = |error: ApiError| {
            serde_json::from_slice::<serde_json::Value>(&error.body("", "")).unwrap()["parameter"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let page = query.page(200).map_err(name)?;
        query.finish().map_err(name)?;
        Ok(page)
    }

    #[test]
    fn a_page_has_a_size_and_goes_on_where_the_last_one_ended() {
        assert_eq!(
            page(""),
            Ok(PageRequest {
                limit: 50,
                after: None
            })
        );
        let first = with_opaque_cursor(Page {
            data: vec![1],
            next_cursor: Some("support 1/ü".to_owned()),
        });
        let cursor = first.next_cursor.unwrap();
        assert_eq!(
            page(&format!("limit=200&cursor={cursor}")),
            Ok(PageRequest {
                limit: 200,
                after: Some("support 1/ü".to_owned())
            })
        );
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        for raw in [
            "limit=0",
            "limit=201",
            "limit=",
            "limit=ten",
            "limit=-1",
            "limit=1.5",
        ] {
            assert_eq!(page(raw), Err("limit".to_owned()), "{raw}");
        }
        for raw in [
            "cursor=",
            "cursor=!",
            "cursor=_w",
            &format!("cursor={}", "A".repeat(516)),
        ] {
            assert_eq!(page(raw), Err("cursor".to_owned()), "{raw}");
        }
        assert_eq!(page("Limit=5"), Err("Limit".to_owned()));
        assert_eq!(page("limit=5&limit=6"), Err("invalid_query".to_owned()));
    }
}

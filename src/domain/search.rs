//! What somebody looks for in texts and names.

use crate::domain::id::ParseIdError;

/// The longest search, in characters.
const SEARCH_CHARS: usize = 100;

/// A part of a text, as it stands there but for capital and small letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(String);

impl Search {
    /// Takes what is not blank and not too long.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        if text.trim().is_empty() || text.chars().count() > SEARCH_CHARS {
            let rule = "1 to 100 characters that are not all spaces";
            return Err(ParseIdError::new("search", rule, text));
        }
        Ok(Self(text.to_owned()))
    }

    /// What is looked for.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits, where it looks like a phone number or a part of one.
    pub fn digits(&self) -> Option<String> {
        let between = |c: &char| !matches!(c, '+' | ' ' | '-' | '.' | '(' | ')');
        let digits: String = self.0.chars().filter(between).collect();
        let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        all.then_some(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_has_something_in_it_and_an_end() {
        for good in ["a", " a ", "É", &"ü".repeat(100)] {
            assert!(Search::parse(good).is_ok(), "{good:?}");
        }
        for bad in ["", "  ", "\n", &"ü".repeat(101)] {
            let error = Search::parse(bad).expect_err(bad).to_string();
            assert!(error.contains("1 to 100 characters"), "{error}");
        }
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        let digits = |text| Search::parse(text).ok().and_then(|search| search.digits());
        assert_eq!(digits("+55 (11) 9999").as_deref(), Some("55119999"));
        assert_eq!(digits("9.9"), Some("99".to_owned()));
        for text in ["+", "Ana 7", "55@c.us", "٣"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}

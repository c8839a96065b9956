//! A search as SQLite understands it, for all letters and not only those of English.
//!
//! LIKE tells É from é, and `lower()` leaves both as they are. GLOB knows sets of characters, so a letter becomes the
//! set of its forms. That needs no second column with the same texts and no index that is kept beside them; in exchange
//! each search reads the texts of one session, newest first, until its page is full.

use std::iter;

/// The operand of GLOB that finds `text` anywhere.
pub(super) fn containing(text: &str) -> String {
    let letters = text.chars().map(any_case);
    iter::once("*".to_owned())
        .chain(letters)
        .chain(iter::once("*".to_owned()))
        .collect()
}

/// A character in each of its cases. Those that become several characters, as ß in capitals, have one.
fn any_case(letter: char) -> String {
    let alone = |mut forms: Vec<char>| forms.pop().filter(|_| forms.is_empty());
    let small = alone(letter.to_lowercase().collect());
    let capital = alone(letter.to_uppercase().collect());
    let mut forms = vec![letter];
    forms.extend([small, capital].into_iter().flatten());
    forms.sort_unstable();
    forms.dedup();
    match forms.as_slice() {
        [one] if !matches!(one, '*' | '?' | '[') => one.to_string(),
        forms => format!("[{}]", forms.iter().collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection;
    use sqlx::SqliteConnection;

    async fn finds(text: &str, sought: &str) -> bool {
        let mut sqlite = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let query = sqlx::query_scalar("SELECT ? GLOB ?").bind(text.to_owned());
        let found: i64 = query
            .bind(containing(sought))
            .fetch_one(&mut sqlite)
            .await
            .unwrap();
        found == 1
    }

    #[tokio::test]
    async fn a_text_is_found_in_capitals_and_small_letters_of_every_script() {
        for (text, sought) in [
            ("Até AMANHÃ", "até amanhã"),
            ("até amanhã", "É AMANHÃ"),
            ("ПРИВЕТ", "привет"),
            ("Straße", "STRAß"),
            ("ÇA VA ŒUVRE", "ça va œ"),
            ("日本語", "本"),
            ("👍🏽 ok", "👍🏽 OK"),
        ] {
            assert!(finds(text, sought).await, "{sought:?} in {text:?}");
        }
        for (text, sought) in [("até", "ate"), ("hello", "helo"), ("", "a")] {
            assert!(!finds(text, sought).await, "{sought:?} in {text:?}");
        }
    }

    #[tokio::test]
    async fn signs_that_mean_something_to_the_database_stand_for_themselves() {
        for sign in [
            "*", "?", "[", "]", "[a]", "]a[", "^", "-", "%", "_", "\\", "'", "\"", "[^a-b]",
        ] {
            assert!(finds(&format!("x{sign}y"), sign).await, "{sign}");
            assert!(!finds("xy", sign).await, "{sign}");
        }
    }
}

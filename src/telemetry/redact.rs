//! Takes phone numbers out of what is logged, so far that nobody can be called and a log can still be followed.

use std::borrow::Cow;
use std::io::{self, Write};

const DIGITS_MIN: usize = 8;
const HEAD: usize = 2;
const TAIL: usize = 4;

/// A phone number with all but its first two and last four digits starred: `55*******8888`. One that is too short to
/// hide anything that way is starred altogether. A plus sign, and whatever follows the digits, stays.
pub fn redact(number: &str) -> String {
    let start = usize::from(number.starts_with('+'));
    let digits = number[start..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    let (head, tail) = if digits < DIGITS_MIN {
        (0, 0)
    } else {
        (HEAD, TAIL)
    };
    let star = |(at, letter): (usize, char)| {
        let hidden = (start + head..start + digits - tail).contains(&at);
        if hidden { '*' } else { letter }
    };
    number.char_indices().map(star).collect()
}

/// A line with the numbers in it redacted that are surely those of people: digits after a plus sign, and digits
/// before an `@`, as in a chat id. Other digits may be a time, a size or an id, and stay.
fn redact_line(line: &str) -> Cow<'_, str> {
    if !line.contains(['@', '+']) {
        return Cow::Borrowed(line);
    }
    let mut clean = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, from_digits) = rest.split_at(start);
        let length = from_digits.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = from_digits.split_at(length);
        clean.push_str(before);
        let is_number = length >= DIGITS_MIN && (before.ends_with('+') || is_user_part(after));
        clean.push_str(&if is_number {
            redact(digits)
        } else {
            digits.into()
        });
        rest = after;
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

/// Whether digits before this are the user of a chat id: `@server`, or `:device@server`, or `.agent:device@server`.
fn is_user_part(after: &str) -> bool {
    after
        .trim_start_matches(|letter: char| {
            letter.is_ascii_digit() || matches!(letter, ':' | '.' | '_')
        })
        .starts_with('@')
}

/// Redacts what goes through it. Expects a whole line a write, which is how tracing-subscriber writes.
#[derive(Debug)]
pub(super) struct RedactingWriter<W>(W);

impl<W: Write> RedactingWriter<W> {
    pub(super) fn new(inner: W) -> Self {
        Self(inner)
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        self.0.write_all(redact_line(&line).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_number_is_starred() {
        assert_eq!(redact("5511999998888"), "55*******8888");
        assert_eq!(redact("+5511999998888"), "+55*******8888");
        assert_eq!(redact("5511999998888@c.us"), "55*******8888@c.us");
        assert_eq!(redact("49123456"), "49**3456");
    }

    #[test]
    fn a_short_number_is_starred_whole_and_other_text_stays() {
        assert_eq!(redact("1234567"), "*******");
        assert_eq!(redact("status@broadcast"), "status@broadcast");
        assert_eq!(redact("+"), "+");
        assert_eq!(redact(""), "");
    }

    #[test]
    fn numbers_are_found_in_a_line() {
        for (line, clean) in [
            (
                "to 5511999998888@s.whatsapp.net ok",
                "to 55*******8888@s.whatsapp.net ok",
            ),
            (
                "from 5511999998888:12@s.whatsapp.net",
                "from 55*******8888:12@s.whatsapp.net",
            ),
            (
                "from 100000012345678.1:2@lid",
                "from 10*********5678.1:2@lid",
            ),
            (
                "call +5511999998888 or +491701234567!",
                "call +55*******8888 or +49******4567!",
            ),
            (
                "größe 5511999998888@lid – ok",
                "größe 55*******8888@lid – ok",
            ),
        ] {
            assert_eq!(redact_line(line), clean);
        }
    }

    #[test]
    fn times_sizes_and_ids_stay() {
        for line in [
            "2026-11-24T03:27:00.123456Z INFO took 12345678901 ns @ home +1",
            "id 3EB0123456789012 to a@b",
            "version 2.3000.1043857760 + more",
            "",
        ] {
            assert_eq!(redact_line(line), line);
        }
    }
}

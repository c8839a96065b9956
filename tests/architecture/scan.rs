//! Reads Rust as text, just well enough to tell which modules and crates a file names.

use std::collections::BTreeSet;

/// A source file, with its comments and the insides of its literals taken out.
pub(crate) struct Source {
    /// Relative to the repository.
    pub(crate) path: String,
    /// The code, line by line where it was.
    pub(crate) code: String,
    text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.into(),
            code: code_of(text),
            text: text.into(),
        }
    }

    /// The top-level module that the file belongs to: `http` for `src/http.rs` and for everything in `src/http/`.
    pub(crate) fn layer(&self) -> String {
        let inner = self.path.split_once("src/").map_or("", |(_, inner)| inner);
        inner.split(['/', '.']).next().unwrap_or_default().into()
    }

    /// The layers that the file names: through `crate::` or `wamux::`, in a group or alone, or through `super::` where
    /// that is the crate.
    pub(crate) fn layers_named(&self, layers: &[&str]) -> BTreeSet<String> {
        let is_top = self.path.matches('/').count() == 1;
        let prefixes: &[&str] = if is_top {
            &["crate", "wamux", "super"]
        } else {
            &["crate", "wamux"]
        };
        let heads = prefixes
            .iter()
            .flat_map(|prefix| heads_after(&self.code, prefix));
        // `super::` in an inline module names its siblings, too; only layers count.
        heads
            .filter(|head| layers.contains(&head.as_str()))
            .collect()
    }

    /// Those of `crates` that the file names in a path or imports.
    pub(crate) fn crates_named(&self, crates: &[&str]) -> BTreeSet<String> {
        crates
            .iter()
            .filter(|name| names_crate(&self.code, name))
            .map(|name| (*name).to_owned())
            .collect()
    }

    pub(crate) fn opens_with_doc(&self) -> bool {
        self.text.trim_start().starts_with("//!")
    }

    /// Lines with code on them, tests not counted.
    pub(crate) fn code_lines(&self) -> usize {
        if self.path.ends_with("/tests.rs") || self.path.contains("/tests/") {
            return 0;
        }
        let product = match inline_tests(&self.code) {
            Some(start) => &self.code[..start],
            None => &self.code,
        };
        product
            .lines()
            .filter(|line| !line.trim().is_empty())
            .count()
    }
}

/// The dependencies of a manifest, as code spells them.
pub(crate) fn dependencies(manifest: &str) -> Vec<String> {
    let after_head = manifest
        .split_once("\n[dependencies]\n")
        .map_or("", |(_, rest)| rest);
    let section = after_head.split("\n[").next().unwrap_or_default();
    let name = |line: &str| Some(line.split(['=', '.']).next()?.trim().replace('-', "_"));
    section
        .lines()
        .filter(|line| line.contains('=') && !line.starts_with('#'))
        .filter_map(name)
        .collect()
}

/// Where an inline `#[cfg(test)] mod … {` begins.
fn inline_tests(code: &str) -> Option<usize> {
    code.match_indices("#[cfg(test)]")
        .map(|(at, _)| at)
        .find(|&at| {
            let item = code[at + "#[cfg(test)]".len()..].trim_start();
            let head = item.split(['{', ';']).next().unwrap_or_default();
            head.starts_with("mod ") && item[head.len()..].starts_with('{')
        })
}

/// The first names after `prefix::`, with a group taken apart: `a` and `b` of `crate::{a::X, b}`.
fn heads_after(code: &str, prefix: &str) -> Vec<String> {
    let mut heads = Vec::new();
    for rest in paths_from(code, prefix) {
        match rest.strip_prefix('{') {
            Some(group) => heads.extend(group_heads(group)),
            None => heads.push(leading_name(rest)),
        }
    }
    heads
}

/// What follows each `name::` that begins a path.
fn paths_from<'a>(code: &'a str, name: &str) -> Vec<&'a str> {
    let is_path = |(at, _): &(usize, &str)| {
        let before = &code[..*at];
        !before.ends_with(is_name_part)
            && !before
                .strip_suffix("::")
                .is_some_and(|outer| outer.ends_with(is_name_part))
    };
    let starts = code.match_indices(name).filter(is_path);
    starts
        .filter_map(|(at, _)| {
            code[at + name.len()..]
                .trim_start()
                .strip_prefix("::")
                .map(str::trim_start)
        })
        .collect()
}

fn group_heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 1;
    let mut item = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && letter == ',') {
            heads.push(leading_name(group[item..at].trim_start()));
            item = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

fn leading_name(text: &str) -> String {
    text.chars()
        .take_while(|letter| is_name_part(*letter))
        .collect()
}

fn names_crate(code: &str, name: &str) -> bool {
    let imports = code.match_indices(name).any(|(at, _)| {
        let after = code[at + name.len()..].trim_start();
        let before = code[..at].trim_end();
        let is_import = before.ends_with(" use")
            || before.ends_with("\nuse")
            || before == "use"
            || before.ends_with("extern crate");
        is_import && (after.starts_with(';') || after.starts_with("as "))
    });
    imports || !paths_from(code, name).is_empty()
}

fn is_name_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// `text` without comments and without what is inside string and character literals; line breaks stay.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = comment(rest)
            .or_else(|| raw_string(&code, rest))
            .or_else(|| string(rest))
            .or_else(|| character(rest));
        let length = skipped.unwrap_or(first.len_utf8());
        let (token, after) = rest.split_at(length);
        match skipped {
            Some(_) => code.extend(token.chars().filter(|letter| *letter == '\n')),
            None => code.push(first),
        }
        rest = after;
    }
    code
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let mut depth = 0;
    let mut at = 0;
    while rest[at..].starts_with("/*") || depth > 0 {
        let inner = &rest[at..];
        match inner {
            _ if inner.starts_with("/*") => (depth, at) = (depth + 1, at + 2),
            _ if inner.starts_with("*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += inner.chars().next()?.len_utf8(),
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn raw_string(before: &str, rest: &str) -> Option<usize> {
    let marks = rest.strip_prefix('r')?;
    let hashes = marks.bytes().take_while(|byte| *byte == b'#').count();
    let body = marks[hashes..].strip_prefix('"')?;
    let starts_a_token = !before.ends_with(is_name_part) || before.ends_with(['b', 'c']);
    let end = format!("\"{}", "#".repeat(hashes));
    starts_a_token.then(|| 2 + hashes + body.find(&end).map_or(body.len(), |at| at + end.len()))
}

fn string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('"')?;
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        match letter {
            '"' if !escaped => return Some(at + 2),
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    Some(rest.len())
}

/// A character literal, and not a lifetime, which has no second quote.
fn character(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    if body.starts_with('\\') {
        return body[2..].find('\'').map(|at| at + 4);
    }
    let first = body.chars().next()?.len_utf8();
    body[first..].starts_with('\'').then_some(first + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYERS: [&str; 4] = ["http", "store", "domain", "config"];

    fn layers(path: &str, text: &str) -> Vec<String> {
        Source::new(path, text)
            .layers_named(&LAYERS)
            .into_iter()
            .collect()
    }

    #[test]
    fn an_import_and_a_path_are_edges() {
        let text = "use crate::store::Store;\nfn f() -> crate::domain::Id { todo() }\n";
        assert_eq!(layers("src/http/a.rs", text), ["domain", "store"]);
        assert_eq!(layers("src/main.rs", "use wamux::http;"), ["http"]);
    }

    #[test]
    fn a_group_is_taken_apart() {
        let text = "use crate::{config::{Config, domain}, store, other};";
        assert_eq!(layers("src/http/a.rs", text), ["config", "store"]);
    }

    #[test]
    fn super_is_the_crate_in_a_top_level_file_only() {
        assert_eq!(layers("src/http.rs", "use super::store::Store;"), ["store"]);
        assert_eq!(
            layers("src/actors/a.rs", "use super::store::Store;"),
            [""; 0]
        );
    }

    #[test]
    fn words_comments_and_literals_are_no_edges() {
        let text = "//! see crate::store\n/* crate::http /* nested */ crate::http */\nfn f() { g(\"crate::config \\\" crate::http\"); \
                    h(r#\"crate::domain \"quoted\" crate::store\"#, 'c', '\\'', mycrate::store, a::crate::http) }";
        assert_eq!(layers("src/cli/a.rs", text), [""; 0]);
    }

    #[test]
    fn code_after_a_literal_is_still_read() {
        let text = "fn f<'a>(x: &'a str) { g('\"', \"\\\\\", br\"\\\"); crate::store::h() }";
        assert_eq!(layers("src/cli/a.rs", text), ["store"]);
    }

    #[test]
    fn a_file_belongs_to_the_layer_it_is_under() {
        for (path, layer) in [
            ("src/http.rs", "http"),
            ("src/http/a/b.rs", "http"),
            ("src/main.rs", "main"),
        ] {
            assert_eq!(Source::new(path, "").layer(), layer);
        }
    }

    #[test]
    fn crates_are_told_from_modules_and_longer_names() {
        let named = |text: &str| {
            Source::new("src/a.rs", text)
                .crates_named(&["warp", "http"])
                .into_iter()
                .collect::<Vec<_>>()
        };
        assert_eq!(named("use warp::Filter;"), ["warp"]);
        assert_eq!(named("pub use warp;"), ["warp"]);
        assert_eq!(named("fn f() -> ::warp::Reply {}"), ["warp"]);
        assert_eq!(named("warp :: any()"), ["warp"]);
        assert_eq!(
            named("use crate::http::warp::x; let warp = 1; hyperwarp::y(); warp_speed::z()"),
            [""; 0]
        );
    }

    #[test]
    fn dependencies_are_read_as_code_spells_them() {
        let manifest = "[package]\nname = \"x\"\n\n[dependencies]\nserde.workspace = true\n# no = 1\nwhatsapp-rust = { a = 1 }\n\n\
                        [dev-dependencies]\ntempfile = \"3\"\n";
        assert_eq!(dependencies(manifest), ["serde", "whatsapp_rust"]);
    }

    #[test]
    fn lines_of_code_leave_out_comments_blanks_and_tests() {
        let text = "//! Doc\n\nfn a() {\n    // why\n    b();\n}\n\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
        assert_eq!(Source::new("src/a.rs", text).code_lines(), 3);
        assert_eq!(Source::new("src/a/tests.rs", text).code_lines(), 0);
        let outer = "#[cfg(test)]\nmod tests;\nfn a() {}\n";
        assert_eq!(Source::new("src/a.rs", outer).code_lines(), 3);
    }

    #[test]
    fn a_module_opens_with_its_doc() {
        assert!(Source::new("src/a.rs", "//! For a.\n").opens_with_doc());
        assert!(!Source::new("src/a.rs", "use b;\n//! late\n").opens_with_doc());
    }
}

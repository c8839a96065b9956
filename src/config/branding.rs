//! `[branding]`: how the pages of pairing links look.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::fault::Faults;

const NAME_CHARS: usize = 50;
/// The largest picture, in bytes.
const LOGO_BYTES: u64 = 256 * 1024;

/// The keys of `[branding]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrandingConfig {
    /// Who asks people to link their phones.
    pub name: Option<String>,
    /// The colour of buttons, as `#rrggbb`.
    pub color: Option<String>,
    /// A picture: a file in a format of [`BrandingConfig::logo_kind`].
    pub logo: Option<PathBuf>,
}

impl BrandingConfig {
    /// The media type of a picture, by the end of its name.
    pub fn logo_kind(path: &Path) -> Option<&'static str> {
        let end = path.extension()?.to_str()?;
        let kinds = [
            ("png", "image/png"),
            ("svg", "image/svg+xml"),
            ("webp", "image/webp"),
        ];
        let found = kinds
            .into_iter()
            .find(|(name, _)| end.eq_ignore_ascii_case(name));
        found.map(|(_, kind)| kind)
    }

    pub(super) fn validate(&self, faults: &mut Faults) {
        if self.name.as_deref().is_some_and(|name| !is_name(name)) {
            let problem = format!("the name is not 1 to {NAME_CHARS} visible characters");
            faults.add("branding.name", problem);
        }
        if let Some(color) = self.color.as_deref().filter(|color| !is_color(color)) {
            let problem = format!("`{color}` is not a colour; write it as in #1a7f37");
            faults.add("branding.color", problem);
        }
        if let Some(problem) = self.logo.as_deref().and_then(fault_of_logo) {
            faults.add("branding.logo", problem);
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= NAME_CHARS
        && !text.contains(char::is_control)
}

fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn fault_of_logo(path: &Path) -> Option<String> {
    let shown = path.display();
    if BrandingConfig::logo_kind(path).is_none() {
        return Some(format!(
            "`{shown}` is no picture that pages take; use a file that ends in .png, .svg or .webp"
        ));
    }
    match std::fs::metadata(path) {
        Ok(file) if file.is_file() && file.len() <= LOGO_BYTES => None,
        Ok(file) if file.is_file() => Some(format!(
            "`{shown}` has {} bytes; use a picture of {LOGO_BYTES} at the most",
            file.len()
        )),
        Ok(_) => Some(format!("`{shown}` is not a file")),
        Err(error) => Some(format!("`{shown}` cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_has_six_digits() {
        for good in ["#1a7f37", "#FFFFFF"] {
            assert!(is_color(good), "{good}");
        }
        for bad in ["", "#", "#fff", "1a7f37", "#1a7f3g", "#1a7f37;", "red"] {
            assert!(!is_color(bad), "{bad}");
        }
    }

    #[test]
    fn a_logo_is_a_small_picture_that_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let fault = |name: &str, bytes: usize| {
            let path = dir.path().join(name);
            std::fs::write(&path, vec![0; bytes]).unwrap();
            fault_of_logo(&path)
        };
        for good in ["a.png", "a.SVG", "a.webp"] {
            assert_eq!(fault(good, 256 * 1024), None, "{good}");
        }
        assert!(fault("a.gif", 1).unwrap().contains(".webp"));
        assert!(fault("a", 1).unwrap().contains(".webp"));
        let large = fault("a.png", 256 * 1024 + 1).unwrap();
        assert!(large.contains("262145 bytes"), "{large}");
        let missing = fault_of_logo(&dir.path().join("b.png")).unwrap();
        assert!(missing.contains("cannot be read"), "{missing}");
        std::fs::create_dir(dir.path().join("c.png")).unwrap();
        let folder = fault_of_logo(&dir.path().join("c.png")).unwrap();
        assert!(folder.contains("is not a file"), "{folder}");
    }
}

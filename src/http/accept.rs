//! Which of the formats that we have a client wants: the `Accept` header of RFC 9110, section 12.5.1.

/// The offer that the client likes best, the earlier one where it likes two the same; none when it wants none.
/// No header means that anything will do.
pub(super) fn choose<'a>(accept: Option<&str>, offers: &[&'a str]) -> Option<&'a str> {
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else {
        return offers.first().copied();
    };
    let ranges: Vec<(&str, f32)> = accept.split(',').map(range).collect();
    let liked = offers
        .iter()
        .map(|offer| (*offer, liking(&ranges, offer)))
        .filter(|(_, liking)| *liking > 0.0);
    liked
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(offer, _)| offer)
}

/// A media range and its weight; a weight that is none counts as 1.
fn range(part: &str) -> (&str, f32) {
    let mut pieces = part.split(';').map(str::trim);
    let media = pieces.next().unwrap_or_default();
    let weight = pieces.find_map(|piece| {
        piece
            .strip_prefix("q=")
            .or_else(|| piece.strip_prefix("Q="))
    });
    (
        media,
        weight
            .and_then(|weight| weight.parse().ok())
            .filter(|weight| (0.0..=1.0).contains(weight))
            .unwrap_or(1.0),
    )
}

/// The weight of the most precise range that covers the offer.
fn liking(ranges: &[(&str, f32)], offer: &str) -> f32 {
    let family = offer.split_once('/').map_or(offer, |(family, _)| family);
    let precision = |media: &str| match media.split_once('/') {
        _ if media.eq_ignore_ascii_case(offer) => 3,
        Some((given, "*")) if given.eq_ignore_ascii_case(family) => 2,
        Some(("*", "*")) => 1,
        _ => 0,
    };
    ranges
        .iter()
        .map(|(media, weight)| (precision(media), *weight))
        .filter(|(precision, _)| *precision > 0)
        .max_by_key(|(precision, _)| *precision)
        .map_or(0.0, |(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERS: [&str; 3] = ["application/json", "image/svg+xml", "image/png"];

    #[test]
    fn the_best_liked_format_is_given() {
        for (accept, expected) in [
            (None, Some("application/json")),
            (Some(""), Some("application/json")),
            (Some("*/*"), Some("application/json")),
            (Some("image/png"), Some("image/png")),
            (Some("IMAGE/SVG+XML"), Some("image/svg+xml")),
            (Some("image/*"), Some("image/svg+xml")),
            (Some("image/png, application/json;q=0.9"), Some("image/png")),
            (
                Some("image/*;q=0.5, image/png;q=0.8, application/json;q=0.1"),
                Some("image/png"),
            ),
            (Some("*/*, application/json;q=0"), Some("image/svg+xml")),
            // What browsers send for a page and for a picture.
            (
                Some(
                    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
                ),
                Some("application/json"),
            ),
            (
                Some("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"),
                Some("image/svg+xml"),
            ),
            (Some("text/html"), None),
            (Some("application/json;q=0"), None),
            (Some("image/png;q=0, image/jpeg"), None),
        ] {
            assert_eq!(choose(accept, &OFFERS), expected, "{accept:?}");
        }
    }
}

//! Pictures of a code to scan. It knows the text and nothing of sessions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use image::Luma;
use qrcode::EcLevel;
use qrcode::QrCode;
use qrcode::render::svg;
use std::io::Cursor;

/// The shortest side of a picture, in pixels, with the quiet zone of four modules around the code.
const MIN_SIDE: u32 = 360;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(super) enum QrError {
    /// The text is longer than a code can hold.
    #[error("the text does not fit into a code")]
    Text(#[from] qrcode::types::QrError),
    /// The picture could not be written.
    #[error("the picture could not be encoded")]
    Image(#[from] image::ImageError),
}

/// A code on screens is clean, and its text is long: little redundancy makes its modules larger.
fn encode(text: &str) -> Result<QrCode, QrError> {
    Ok(QrCode::with_error_correction_level(text, EcLevel::L)?)
}

/// As `image/svg+xml`.
pub(super) fn svg(text: &str) -> Result<String, QrError> {
    Ok(encode(text)?
        .render::<svg::Color<'_>>()
        .min_dimensions(MIN_SIDE, MIN_SIDE)
        .build())
}

/// As `image/png`, in shades of grey.
pub(super) fn png(text: &str) -> Result<Vec<u8>, QrError> {
    let picture = encode(text)?
        .render::<Luma<u8>>()
        .min_dimensions(MIN_SIDE, MIN_SIDE)
        .build();
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// The PNG as a URL that an `<img>` takes.
pub(super) fn data_url(text: &str) -> Result<String, QrError> {
    Ok(format!(
        "data:image/png;base64,{}",
        STANDARD.encode(png(text)?)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As long as WhatsApp's: a reference, three keys and a secret.
    fn text() -> String {
        let key = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=";
        format!("2@{},{key},{key},{key},{key},1", "aB3-_".repeat(20))
    }

    #[test]
    fn a_scanner_reads_the_png() {
        let picture = image::load_from_memory_with_format(&png(&text()).unwrap(), ImageFormat::Png)
            .unwrap()
            .to_luma8();
        assert!(
            picture.width() == picture.height()
                && (MIN_SIDE..2 * MIN_SIDE).contains(&picture.width())
        );
        let side = picture.width() as usize;
        let mut scanner = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
            picture.as_raw()[y * side + x]
        });
        let codes = scanner.detect_grids();
        assert_eq!(codes.len(), 1);
        assert_eq!(codes[0].decode().unwrap().1, text());
    }

    #[test]
    fn the_svg_has_the_size_and_the_quiet_zone_of_the_png() {
        let svg = svg(&text()).unwrap();
        let side = image::load_from_memory(&png(&text()).unwrap())
            .unwrap()
            .width();
        assert!(
            svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")),
            "{}",
            &svg[..200]
        );
        let module = side / (u32::try_from(encode(&text()).unwrap().width()).unwrap() + 8);
        assert!(
            svg.contains(&format!("M{0} {0}h", 4 * module)),
            "the first module is not four modules from the edge: {}",
            &svg[..300]
        );
        assert!(svg.starts_with("<?xml") && svg.ends_with("</svg>"));
    }

    #[test]
    fn a_text_that_no_code_holds_is_an_error() {
        assert!(matches!(png(&"x".repeat(3000)), Err(QrError::Text(_))));
        assert!(
            data_url("2@x")
                .unwrap()
                .starts_with("data:image/png;base64,iVBOR")
        );
    }
}

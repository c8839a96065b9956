//! How the pages of pairing links look: the logo is read once.

use crate::app::StartError;
use crate::config::BrandingConfig;
use crate::http::Branding;
use crate::http::Logo;
use std::path::Path;

pub(super) fn load(config: &BrandingConfig) -> Result<Branding, StartError> {
    Ok(Branding {
        name: config.name.clone(),
        color: config.color.clone(),
        logo: config.logo.as_deref().map(logo).transpose()?,
    })
}

fn logo(path: &Path) -> Result<Logo, StartError> {
    let bytes = std::fs::read(path).map_err(StartError::Logo)?;
    Ok(Logo {
        // Any other was refused with the configuration.
        kind: BrandingConfig::logo_kind(path).unwrap_or("application/octet-stream"),
        bytes: bytes.into(),
    })
}

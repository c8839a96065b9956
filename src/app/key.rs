//! The key that opens the API: the configured one, or one that is made at the first start and shown once.
//!
//! Only its hash is kept. Who has lost it sets `auth.api_key`.

use crate::config::AuthConfig;
use crate::http::Keys;
use crate::store::Store;
use crate::store::StoreError;
use std::io::Write;

const SETTING: &str = "api_key_sha256";

/// A key that nobody can guess: 256 random bits in hexadecimal.
pub fn random() -> String {
    let bits: [u8; 32] = rand::random();
    bits.iter()
        .fold(String::new(), |key, byte| format!("{key}{byte:02x}"))
}

/// The key to check callers against.
pub(super) async fn load(config: &AuthConfig, store: &Store) -> Result<Keys, StoreError> {
    if let Some(key) = &config.api_key {
        return Ok(Keys::admin(key.expose()));
    }
    if let Some(keys) = store
        .setting(SETTING)
        .await?
        .as_deref()
        .and_then(Keys::from_hash)
    {
        return Ok(keys);
    }
    let key = random();
    let keys = Keys::admin(&key);
    store.set_setting(SETTING, &keys.hash()).await?;
    show_once(&key);
    Ok(keys)
}

/// On stderr and not in the log: logs are kept and sent elsewhere.
fn show_once(key: &str) {
    let told = writeln!(
        std::io::stderr(),
        "\n  A key for the API was made. It is shown this once; only its hash is kept:\n\n      {key}\n\n  \
         Send it as X-Api-Key. To use a key of your own, set auth.api_key or WAMUX_AUTH__API_KEY.\n"
    );
    if told.is_err() {
        tracing::error!("the new API key could not be shown; set auth.api_key");
    }
}

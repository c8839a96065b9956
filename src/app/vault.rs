//! The key to the secrets in the database: the one beside it, or one that is made at the first start.

use super::StartError;
use super::state_dir::StateDir;
use crate::store::Store;
use crate::store::vault::Vault;
use crate::store::webhooks::WebhookStore;

/// The webhooks with the key to their secrets. A key that is missing or wrong while there are secrets is an error: a
/// new one would make them unreadable for good.
pub(super) async fn open(dir: &StateDir, store: &Store) -> Result<WebhookStore, StartError> {
    let fault = match dir.secret_key()?.map(TryInto::try_into) {
        Some(Ok(key)) => {
            let webhooks = store.webhooks(Vault::new(&key));
            if webhooks.key_fits().await? {
                return Ok(webhooks);
            }
            "not the one that they were sealed with"
        }
        Some(Err(_)) => "not a key",
        None => "missing",
    };
    if store.has_webhooks().await? {
        return Err(dir.wrong_key(fault).into());
    }
    let key = rand::random();
    dir.keep_secret_key(&key)?;
    Ok(store.webhooks(Vault::new(&key)))
}

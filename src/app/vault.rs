//! The key to the secrets in the database: the one beside it, or one that is made at the first start.

use super::StartError;
use super::state_dir::StateDir;
use crate::store::Store;
use crate::store::vault::Vault;
use crate::store::webhooks::WebhookStore;

/// The webhooks with the key to their secrets. A key that is missing or wrong while there are secrets is an error: a
/// new one would make them unreadable for good.
pub(super) async fn open(dir: &StateDir, store: &Store) -> Result<WebhookStore, StartError> {
    let Some(key) = dir.secret_key()? else {
        if store.has_webhooks().await? {
            return Err(dir.wrong_key("missing").into());
        }
        let key = rand::random();
        dir.keep_secret_key(&key)?;
        return Ok(store.webhooks(Vault::new(&key)));
    };
    let webhooks = store.webhooks(Vault::new(&key));
    if webhooks.key_fits().await? {
        Ok(webhooks)
    } else {
        Err(dir
            .wrong_key("not the one that they were sealed with")
            .into())
    }
}

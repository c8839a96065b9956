//! What the media host keeps: ciphertexts, found by token. It cannot read them.

use serde::{Deserialize, Serialize};

/// An uploaded file, whole or still growing. Its bytes live beside the state file, not in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Media {
    /// `image`, `video`, `document`, …
    pub kind: String,
    /// Bytes received so far.
    pub length: u64,
    /// Whether the upload has ended.
    pub complete: bool,
}

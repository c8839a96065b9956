//! TLS: *ring*, and the roots that browsers trust. The provider is handed over, so that it does not matter which one
//! the process has installed, if any.

use rustls::ClientConfig;
use rustls::RootCertStore;
use std::sync::Arc;

/// The roots that come with the program.
pub(super) fn public_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// Trusts these roots, and offers HTTP/2 and HTTP/1.1.
pub(super) fn config(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // reqwest leaves this to whoever brings the configuration.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

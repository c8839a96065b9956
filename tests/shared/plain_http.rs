//! A client for tests that call the daemon over loopback.

use std::sync::Arc;

/// For plain HTTP. The client wants to know about TLS all the same: without a provider in the process it panics.
pub(crate) fn plain_http() -> reqwest::ClientBuilder {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls)
}

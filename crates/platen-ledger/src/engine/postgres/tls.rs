//! Encryption, checked against the operating system's own authorities.

use std::sync::{Arc, LazyLock};

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::Socket;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How one connection is encrypted.
pub(super) type Connect = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;

static CONFIG: LazyLock<ClientConfig> = LazyLock::new(|| {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .expect("the provider has the ciphers that the protocol needs")
        .with_no_client_auth()
});

pub(super) fn connector() -> MakeRustlsConnect {
    MakeRustlsConnect::new(CONFIG.clone())
}

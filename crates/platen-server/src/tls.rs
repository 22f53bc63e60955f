//! TLS: a certificate and its key from two files, read again when they change.
//!
//! A pair that can't be used never replaces one that can.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::Notify;

use crate::config::TlsFiles;
use crate::stop::Stop;

/// How often the files' times are looked at. Renewals come weeks apart.
const LOOK: Duration = Duration::from_secs(10);

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum File {
    Certificate,
    Key,
}

/// Why the files can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct TlsProblem {
    /// The file that is at fault.
    pub(crate) file: File,
    message: String,
}

impl TlsProblem {
    fn new(file: File, path: &Path, what: impl fmt::Display) -> Self {
        let message = format!("{}: {what}", path.display());
        Self { file, message }
    }
}

/// Reads the files and checks that they belong together.
///
/// *Errors*: a file that can't be read, holds nothing of the kind, or a key of
/// another certificate.
pub(crate) fn read(files: &TlsFiles) -> Result<ServerConfig, TlsProblem> {
    let of_certificate =
        |what: String| TlsProblem::new(File::Certificate, &files.certificate, what);
    let of_key = |what: String| TlsProblem::new(File::Key, &files.key, what);
    let text = std::fs::read(&files.certificate)
        .map_err(|error| of_certificate(format!("can't be read: {error}")))?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| of_certificate(format!("is no PEM file: {error}")))?;
    if chain.is_empty() {
        return Err(of_certificate("holds no certificate".to_owned()));
    }
    let text =
        std::fs::read(&files.key).map_err(|error| of_key(format!("can't be read: {error}")))?;
    let key = PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| of_key("holds no private key in PEM form without a password".to_owned()))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| of_certificate(error.to_string()))?;
    let mut config = builder
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| of_key(format!("can't be used with the certificate: {error}")))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Reads the files again when they change or `asked`, until the server stops.
/// Connections that are open go on.
pub(crate) async fn keep_fresh(
    files: TlsFiles,
    served: RustlsConfig,
    asked: Arc<Notify>,
    stop: Stop,
) {
    let mut seen = times(&files);
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let by_hand = tokio::select! {
            () = stop.stopped() => return,
            () = asked.notified() => true,
            _ = looks.tick() => false,
        };
        let now = times(&files);
        if !by_hand && now == seen {
            continue;
        }
        match read(&files) {
            Ok(config) => {
                served.reload_from_config(Arc::new(config));
                tracing::info!("the certificate was read again and is in use");
            }
            Err(problem) => tracing::error!(
                %problem,
                "the new certificate can't be used; the one before stays in use"
            ),
        }
        seen = now;
    }
}

/// When each file was last changed.
fn times(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    let changed = |path: &Path| std::fs::metadata(path).ok()?.modified().ok();
    [changed(&files.certificate), changed(&files.key)]
}

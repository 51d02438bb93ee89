//! A server that is believed by its own authority and name, and by nothing else.

use std::num::NonZero;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use super::super::testing::Cluster;
use super::super::{Connector, Settings};
use crate::database::DatabaseError;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Certificate and key of a server, in PEM.
    fn vouch_for(&self, host: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// The option by which a client trusts this authority alone.
    fn as_root(&self, folder: &TempDir, name: &str) -> String {
        let file = folder.path().join(name);
        std::fs::write(&file, self.0.pem()).unwrap();
        format!("sslmode=verify-full&sslrootcert={}", file.display())
    }
}

async fn connect(url: &str) -> Result<(), DatabaseError> {
    let few = NonZero::<usize>::MIN;
    let settings = Settings::new(url, few, Duration::from_secs(5)).unwrap();
    let client = Connector::new(&settings, "notes")?.client(None).await?;
    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = client.query_one(encrypted, &[]).await?;
    assert_eq!(row.get::<_, bool>(0), !url.contains("sslmode=disable"));
    Ok(())
}

async fn refused(url: &str) -> String {
    match connect(url).await {
        Err(DatabaseError::Connect(reason)) => reason.to_string(),
        other => panic!("{url}: {other:?}"),
    }
}

#[tokio::test]
async fn a_server_is_believed_by_its_authority_and_its_name_alone() {
    let (ours, strangers) = (Authority::new(), Authority::new());
    let (certificate, key) = ours.vouch_for("localhost");
    let Some(cluster) = Cluster::start_encrypted(&certificate, &key) else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let (ours, strangers) = (
        ours.as_root(&folder, "ours.pem"),
        strangers.as_root(&folder, "strangers.pem"),
    );
    let url = cluster.url();
    for option in [&ours, "sslmode=require", "sslmode=disable"] {
        connect(&format!("{url}?{option}")).await.unwrap();
    }
    let by_number = url.replace("localhost", "127.0.0.1");
    for (url, reason) in [
        (format!("{url}?{strangers}"), "nobody whom we trust"),
        (format!("{url}?sslmode=verify-full"), "nobody whom we trust"),
        (format!("{by_number}?{ours}"), "another host"),
    ] {
        let told = refused(&url).await;
        assert!(told.contains(reason), "{url}: {told}");
    }
    let missing = format!(
        "{url}?sslrootcert={}",
        folder.path().join("none.pem").display()
    );
    assert!(refused(&missing).await.contains("none.pem"));
}

#[tokio::test]
async fn a_server_without_tls_is_told_apart_from_one_that_is_away() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://nobody@{}/x", listener.local_addr().unwrap());
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        // To the question whether it speaks TLS, a server answers in one letter.
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"N")
            .await
            .unwrap();
        stream
    };
    let url = format!("{url}?sslmode=require");
    let (told, _stream) = tokio::join!(refused(&url), server);
    assert!(told.contains("no TLS"), "{told}");
}

//! Sleep behind TLS, where what the socket has to say is not yet what the client said.

use std::io::Write;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::AsyncReadExt;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::client::{Client, advance, settle, still};
use super::host::{GET, TestHost};
use super::*;

async fn connect(
    host: &TestHost,
    certificate: &rcgen::Certificate,
    version: &'static SupportedProtocolVersion,
    protocol: Option<&str>,
) -> Client<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocol
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let name = ServerName::try_from("localhost").unwrap();
    let Client(stream) = host.connect().await;
    let connected = still(TlsConnector::from(Arc::new(config)).connect(name, stream)).await;
    settle().await;
    Client(connected.unwrap())
}

fn encrypting() -> (TestHost, rcgen::Certificate) {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let (certificate, key) = (folder.path().join("cert"), folder.path().join("key"));
    std::fs::write(&certificate, pair.cert.pem()).unwrap();
    std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let tls = Tls::load(&certificate, &key).unwrap();
    (TestHost::with(Some(tls), PATIENCE), pair.cert)
}

#[tokio::test(start_paused = true)]
async fn an_encrypted_connection_sleeps_before_and_between_requests() {
    let (host, certificate) = encrypting();
    for (version, protocol) in [(&TLS12, None), (&TLS13, None), (&TLS13, Some("http/1.1"))] {
        let mut client = connect(&host, &certificate, version, protocol).await;
        assert_eq!(host.awake(), 0);
        for _ in 0..3 {
            advance(Duration::from_secs(5)).await;
            for _ in 0..2 {
                client.send(GET).await;
                assert_eq!(client.answer().await, "hello");
            }
            assert_eq!(host.awake(), 1);
            advance(Duration::from_secs(2)).await;
            assert_eq!(host.awake(), 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn requests_that_share_a_record_are_all_answered() {
    let (host, certificate) = encrypting();
    let mut client = connect(&host, &certificate, &TLS13, None).await;
    for _ in 0..3 {
        client.send(&[GET, GET, &GET[..7]].concat()).await;
        assert_eq!(client.answer().await, "hello");
        assert_eq!(client.answer().await, "hello");
        advance(Duration::from_secs(5)).await;
        client.send(&GET[7..]).await;
        assert_eq!(client.answer().await, "hello");
        advance(Duration::from_secs(5)).await;
        assert_eq!(host.awake(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_record_does_not_wake_it_and_is_not_lost() {
    let (host, certificate) = encrypting();
    let mut client = connect(&host, &certificate, &TLS13, None).await;
    client.send(GET).await;
    client.answer().await;
    advance(Duration::from_secs(5)).await;
    let mut record = Vec::new();
    let (socket, session) = client.0.get_mut();
    session.writer().write_all(GET).unwrap();
    session.write_tls(&mut record).unwrap();
    Client(&mut *socket).send(&record[..9]).await;
    advance(Duration::from_secs(5)).await;
    assert_eq!(host.awake(), 0);
    Client(socket).send(&record[9..]).await;
    assert_eq!(client.answer().await, "hello");
}

#[tokio::test(start_paused = true)]
async fn a_good_bye_ends_it_although_the_socket_stays_open() {
    let (host, certificate) = encrypting();
    let mut client = connect(&host, &certificate, &TLS13, None).await;
    client.send(GET).await;
    client.answer().await;
    advance(Duration::from_secs(5)).await;
    let (socket, session) = client.0.get_mut();
    let mut good_bye = Vec::new();
    session.send_close_notify();
    session.write_tls(&mut good_bye).unwrap();
    Client(socket).send(&good_bye).await;
    advance(Duration::from_millis(600)).await;
    still(host.all_served()).await;
    assert_eq!(host.awake(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stop_says_good_bye_to_whoever_sleeps() {
    let (host, certificate) = encrypting();
    let mut client = connect(&host, &certificate, &TLS13, None).await;
    host.stop().await;
    advance(Duration::from_millis(600)).await;
    let mut nothing = Vec::new();
    let count = still(client.0.read_to_end(&mut nothing)).await;
    assert_eq!(count.expect("no close_notify"), 0);
}

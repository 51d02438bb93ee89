//! `https://` issuers: trusted by their certificate or not at all.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use verifier::Verifier;

use crate::support::fake_issuer::FakeIssuer;
use crate::support::serving;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server whose certificate is for `localhost`, from this authority, to the end of that year.
async fn server(authority: &Authority, last_year: i32) -> FakeIssuer {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = date_time_ymd(last_year, 12, 31);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    FakeIssuer::start_tls(serving(&[0]), TlsAcceptor::from(Arc::new(config))).await
}

fn trusting(authority: &Authority, issuer: &FakeIssuer) -> (Verifier, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    let verifier = Verifier::builder(&issuer.url(), "posts")
        .ca_file(path)
        .build()
        .unwrap();
    (verifier, folder)
}

async fn problem(verifier: &Verifier) -> Option<String> {
    verifier.refresh().await.issuers()[0].problem.clone()
}

#[tokio::test]
async fn a_certificate_from_the_ca_file_is_trusted() {
    let ours = authority();
    let issuer = server(&ours, 2099).await;
    let (verifier, _folder) = trusting(&ours, &issuer);
    assert_eq!(problem(&verifier).await, None);
    assert_eq!(verifier.readiness().keys(), 1);
}

#[tokio::test]
async fn a_certificate_from_another_authority_is_not_trusted() {
    let issuer = server(&authority(), 2099).await;
    let (verifier, _folder) = trusting(&authority(), &issuer);
    assert!(
        problem(&verifier)
            .await
            .unwrap()
            .contains("certificate is not accepted")
    );
    assert!(!verifier.readiness().is_ready());
}

#[tokio::test]
async fn the_system_does_not_trust_an_authority_that_nobody_knows() {
    let issuer = server(&authority(), 2099).await;
    let verifier = Verifier::new(&issuer.url(), "posts").unwrap();
    assert!(
        problem(&verifier)
            .await
            .unwrap()
            .contains("certificate is not accepted")
    );
}

#[tokio::test]
async fn an_expired_certificate_is_not_trusted() {
    let ours = authority();
    let issuer = server(&ours, 2001).await;
    let (verifier, _folder) = trusting(&ours, &issuer);
    assert!(
        problem(&verifier)
            .await
            .unwrap()
            .contains("certificate is not accepted")
    );
    assert_eq!(issuer.requests(), 0);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let ours = authority();
    let issuer = server(&ours, 2099).await;
    let (_, folder) = trusting(&ours, &issuer);
    let by_address = issuer.url().replace("localhost", "127.0.0.1");
    let verifier = Verifier::builder(&by_address, "posts").ca_file(folder.path().join("ca.pem"));
    let verifier = verifier.build().unwrap();
    assert!(
        problem(&verifier)
            .await
            .unwrap()
            .contains("certificate is not accepted")
    );
}

//! TLS to the issuer: rustls with aws-lc-rs, handed over by value so that no process-wide
//! provider has to be installed, trusting the system's roots or one file.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::load_native_certs;

/// Trusts what the system trusts.
pub(crate) fn system_roots() -> Result<ClientConfig, String> {
    let system = load_native_certs();
    let mut roots = RootCertStore::empty();
    // Systems keep some that nobody can read any more.
    let (_read, _unreadable) = roots.add_parsable_certificates(system.certs);
    if roots.is_empty() {
        let why = system.errors.first().map(ToString::to_string);
        let why = why.unwrap_or_else(|| "there is none".to_owned());
        return Err(format!("the system has no certificate to trust: {why}"));
    }
    for error in system.errors {
        tracing::warn!(%error, "not all certificates of the system can be read");
    }
    trusting(roots)
}

/// Trusts the certificates of a PEM file and nothing else.
pub(crate) fn roots_from(path: &Path) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())? {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    trusting(roots)
}

/// Trusts nobody, for issuers that are reached without TLS.
pub(crate) fn no_roots() -> Result<ClientConfig, String> {
    trusting(RootCertStore::empty())
}

fn trusting(roots: RootCertStore) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

//! TLS towards others: rustls with aws-lc-rs, trusting the system's authorities or a file of one's
//! own.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_native_certs::load_native_certs;

/// Trusts the authorities in the file, or without one those of the system.
pub(crate) fn trusting_file_or_system(file: Option<&Path>) -> Result<ClientConfig, String> {
    match file {
        Some(file) => trusting(authorities(file)?),
        None => trusting(authorities_of_the_system()?),
    }
}

pub(crate) fn trusting(roots: RootCertStore) -> Result<ClientConfig, String> {
    Ok(builder()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

pub(crate) fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, String> {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}

fn authorities_of_the_system() -> Result<RootCertStore, String> {
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
    Ok(roots)
}

fn authorities(file: &Path) -> Result<RootCertStore, String> {
    let say = |reason: &dyn ToString| format!("{}: {}", file.display(), reason.to_string());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| say(&error))? {
        let certificate = certificate.map_err(|error| say(&error))?;
        roots.add(certificate).map_err(|error| say(&error))?;
    }
    if roots.is_empty() {
        return Err(say(&"there is no certificate in it"));
    }
    Ok(roots)
}

//! TLS towards others: rustls with aws-lc-rs, trusting the system's authorities or a file of one's
//! own.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt;

/// Trusts the authorities in the file, or without one those of the system.
pub(crate) fn trusting_file_or_system(file: Option<&Path>) -> Result<ClientConfig, String> {
    match file {
        Some(file) => trusting(authorities(file)?),
        None => trusting_the_system(),
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

fn trusting_the_system() -> Result<ClientConfig, String> {
    let verified = builder()?
        .with_platform_verifier()
        .map_err(|error| error.to_string())?;
    Ok(verified.with_no_client_auth())
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

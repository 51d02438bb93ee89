//! A certificate chain and its key, from two PEM files.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::TlsError;

pub(super) fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let unusable = |path: &Path, reason: &str| TlsError::File {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(certificate, &told(&error)))?;
    if chain.is_empty() {
        return Err(unusable(certificate, "holds no certificate in PEM"));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &told(&error)))?;
    Ok(CertifiedKey::from_der(
        chain,
        key,
        &aws_lc_rs::default_provider(),
    )?)
}

/// Never the content: a key file that is not PEM is still a key file.
fn told(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "holds no PEM of the kind that is needed".to_owned(),
        _ => "is not PEM".to_owned(),
    }
}

/// Tells one version of a file from the next, also when it is replaced within a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp(Option<(u64, u64, i64, i64)>);

impl Stamp {
    pub(super) fn of(path: &Path) -> Self {
        let metadata = fs::metadata(path).ok();
        Self(metadata.map(|m| (m.ino(), m.size(), m.mtime(), m.mtime_nsec())))
    }
}

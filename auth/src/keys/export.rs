//! `auth keys export-public`: the public keys for a verifier that cannot fetch them.

use clap::ValueEnum;

use super::{KeysError, Keystore};

/// How public keys are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// A JWK Set, as it is served
    Jwks,
    /// `SubjectPublicKeyInfo` in PEM, one block for each key
    Pem,
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
pub(super) async fn export(keystore: &Keystore, format: ExportFormat) -> Result<(), KeysError> {
    let published = keystore.public_half().await?;
    match format {
        ExportFormat::Jwks => println!("{}", String::from_utf8_lossy(published.body())),
        ExportFormat::Pem => print!("{}", published.to_pem()?),
    }
    Ok(())
}

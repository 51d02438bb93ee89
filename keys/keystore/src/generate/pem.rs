//! Keys made elsewhere: PKCS#8 or PKCS#1 in PEM, RSA, 2048 to 4096 bits, exponent 65537.

use rsa::PrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{PrivateKeyInfoRef, SecretDocument};
use rsa::traits::PublicKeyParts;

use super::{GenerateError, NewKey};

/// Octets of the exponent 65537, the only one taken.
const EXPONENT: [u8; 3] = [1, 0, 1];

const LEAST_BITS: usize = 2048;
const MOST_BITS: usize = 4096;

/// Why a PEM document is not taken in as a signing key.
#[derive(Debug, thiserror::Error)]
pub enum PemError {
    /// It is no PEM document.
    #[error(
        "the file is not a PEM document: it must begin with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----"
    )]
    NotPem,
    /// It holds something else.
    #[error(
        "the PEM document holds a {0:?}, not a private key in PKCS#8 (\"PRIVATE KEY\") or PKCS#1 (\"RSA PRIVATE KEY\")"
    )]
    NotAPrivateKey(String),
    /// It asks for a passphrase.
    #[error("the private key is encrypted: decrypt it first, for example with `openssl pkcs8`")]
    Encrypted,
    /// It is for another algorithm, such as an elliptic curve.
    #[error("the private key is not an RSA key")]
    NotRsa,
    /// Its numbers do not make an RSA key.
    #[error("the private key is damaged")]
    Damaged,
    /// Too small or too large.
    #[error("the key has {0} bits; it must have 2048 to 4096")]
    Size(usize),
    /// Not 65537.
    #[error("the public exponent is not 65537")]
    Exponent,
    /// It did not pass the tests of a new key.
    #[error(transparent)]
    Unfit(#[from] GenerateError),
}

impl NewKey {
    /// Takes in a key from a PEM document.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, PemError> {
        let key = parse(pem)?;
        if *key.e_bytes() != EXPONENT {
            return Err(PemError::Exponent);
        }
        let bits = key.n_bits_precision() as usize;
        if !(LEAST_BITS..=MOST_BITS).contains(&bits) {
            return Err(PemError::Size(bits));
        }
        Ok(Self::admit(&key)?)
    }
}

fn parse(pem: &str) -> Result<PrivateKey, PemError> {
    let pem = pem.trim();
    let (label, document) = SecretDocument::from_pem(pem).map_err(|_| refused(pem))?;
    match label {
        "PRIVATE KEY" => from_pkcs8(&document),
        "RSA PRIVATE KEY" => {
            PrivateKey::from_pkcs1_der(document.as_bytes()).map_err(|_| PemError::Damaged)
        }
        "ENCRYPTED PRIVATE KEY" => Err(PemError::Encrypted),
        other => Err(PemError::NotAPrivateKey(other.to_owned())),
    }
}

/// What is not read may say all the same what it is: `openssl ecparam` puts another block first.
fn refused(pem: &str) -> PemError {
    let first = pem.lines().next().unwrap_or_default().trim_end();
    let label = first.strip_prefix("-----BEGIN ");
    match label.and_then(|label| label.strip_suffix("-----")) {
        Some("PRIVATE KEY" | "RSA PRIVATE KEY") if pem.contains("ENCRYPTED") => PemError::Encrypted,
        Some("PRIVATE KEY" | "RSA PRIVATE KEY") => PemError::Damaged,
        Some(other) => PemError::NotAPrivateKey(other.to_owned()),
        None => PemError::NotPem,
    }
}

fn from_pkcs8(document: &SecretDocument) -> Result<PrivateKey, PemError> {
    let info: PrivateKeyInfoRef<'_> = document.decode_msg().map_err(|_| PemError::Damaged)?;
    // A key marked for RSASSA-PSS must not sign PKCS#1 v1.5 (RFC 4055 §1.2).
    if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
        return Err(PemError::NotRsa);
    }
    PrivateKey::try_from(info).map_err(|_| PemError::Damaged)
}

#[cfg(test)]
mod tests;

//! A `jsonwebtoken` provider that verifies RS256 and can do nothing else.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result, new_error};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};

use crate::PublicKey;

/// Makes RS256 verification the only cryptography that `jsonwebtoken` has in this process: there
/// is no signer to call and no second algorithm to be confused with.
///
/// For a service's `main`. A library does not call it, and [`crate::verify()`] does not need it.
/// The first provider installed in a process stays; calling this again changes nothing.
pub fn install_verify_only() {
    // An error says that there is a provider already.
    let _ = VERIFY_ONLY.install_default();
}

static VERIFY_ONLY: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(unsupported()),
    verifier_factory: rs256_verifier,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: |_| Err(unsupported()),
        rsa_pub_components_from_public_key: |_| Err(unsupported()),
        ec_pub_components_from_private_key: |_, _| Err(unsupported()),
        ed_pub_components_from_private_key: |_, _| Err(unsupported()),
        compute_digest: |_, _| Err(unsupported()),
    },
};

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is the provider's"
)]
fn rs256_verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) = (algorithm, key.kind())
    else {
        return Err(unsupported());
    };
    match PublicKey::from_components(n, e) {
        Ok(key) => Ok(Box::new(key)),
        Err(weakness) => Err(new_error(ErrorKind::InvalidRsaKey(weakness.to_string()))),
    }
}

fn unsupported() -> jsonwebtoken::errors::Error {
    new_error(ErrorKind::UnsupportedAlgorithm)
}

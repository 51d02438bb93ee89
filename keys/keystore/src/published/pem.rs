//! Public keys in PEM, for verifiers that take nothing else.

use rsa::BoxedUint;
use rsa::pkcs8::{EncodePublicKey, LineEnding, spki};
use token::PublicKey;

pub(super) fn of(key: &PublicKey) -> spki::Result<String> {
    let number = |bytes| BoxedUint::from_be_slice_vartime(bytes);
    rsa::PublicKey::new(number(key.modulus()), number(key.exponent()))
        .map_err(|_| spki::Error::KeyMalformed)?
        .to_public_key_pem(LineEnding::LF)
}

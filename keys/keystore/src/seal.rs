//! Private halves at rest: AES-256-GCM under the sealing key, with the key id as associated data,
//! so that a sealed half put beside another key's public half does not open.

use aws_lc_rs::aead::{Aad, MAX_TAG_LEN, NONCE_LEN, Nonce};
use aws_lc_rs::rand;
use token::Kid;
use zeroize::Zeroizing;

use crate::sealing_key::SealingKey;

/// The first octet of an envelope: one octet of version, 12 of nonce, ciphertext, tag.
const VERSION: u8 = 1;

/// A private half that only the sealing key opens.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey(Vec<u8>);

impl SealedKey {
    /// What a store kept.
    #[must_use]
    pub const fn from_bytes(envelope: Vec<u8>) -> Self {
        Self(envelope)
    }

    /// What a store keeps.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedKey({} bytes)", self.0.len())
    }
}

/// The cryptography failed where it cannot: no randomness, or no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the private key could not be sealed")]
pub struct SealError;

/// A sealed private half does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// Written by a later version of this program, or by something else.
    #[error("the sealed private half of {0} is in an unknown format")]
    UnknownFormat(Kid),
    /// Sealed with another key, for another key id, or changed since.
    #[error("the private half of {0} does not open with this sealing key, or was tampered with")]
    NotAuthentic(Kid),
}

impl SealingKey {
    /// Seals the private half of `kid`.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn seal(&self, kid: &Kid, private_half: &[u8]) -> Result<SealedKey, SealError> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| SealError)?;
        // The plaintext is encrypted where it lies, in a buffer that never has to grow.
        let mut secret = Zeroizing::new(Vec::with_capacity(private_half.len() + MAX_TAG_LEN));
        secret.extend_from_slice(private_half);
        self.cipher()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated_data(kid)),
                &mut *secret,
            )
            .map_err(|_| SealError)?;
        Ok(SealedKey([&[VERSION], nonce.as_slice(), &secret].concat()))
    }

    /// Opens the private half of `kid`.
    ///
    /// # Errors
    /// When it was not sealed by this key for this id, to the last bit.
    pub fn open(&self, kid: &Kid, sealed: &SealedKey) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let (nonce, ciphertext) =
            split(&sealed.0).ok_or_else(|| UnsealError::UnknownFormat(kid.clone()))?;
        let mut secret = Zeroizing::new(ciphertext.to_vec());
        let length = self
            .cipher()
            .open_in_place(nonce, Aad::from(associated_data(kid)), &mut secret)
            .map_err(|_| UnsealError::NotAuthentic(kid.clone()))?
            .len();
        secret.truncate(length);
        Ok(secret)
    }
}

fn split(envelope: &[u8]) -> Option<(Nonce, &[u8])> {
    let (version, rest) = envelope.split_first()?;
    let (nonce, ciphertext) = rest.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    (*version == VERSION).then_some((nonce, ciphertext))
}

/// The version is authenticated along with the id, so that no octet of an envelope is malleable.
fn associated_data(kid: &Kid) -> Vec<u8> {
    [&[VERSION], kid.as_ref().as_bytes()].concat()
}

#[cfg(test)]
mod tests;

//! An RSA public key that was admitted, parsed once and held.

use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::JwtVerifier;
use jsonwebtoken::signature;

use crate::{Kid, WeakKey};

/// An RSA public key, fit for RS256.
#[derive(Clone, Debug)]
pub struct PublicKey {
    kid: Kid,
}

impl PublicKey {
    /// A key by its numbers; its id is the RFC 7638 thumbprint.
    ///
    /// # Errors
    /// The first weakness found.
    pub fn from_components(_modulus: &[u8], _exponent: &[u8]) -> Result<Self, WeakKey> {
        todo!()
    }

    /// The same key under the id that its issuer chose.
    #[must_use]
    pub fn with_kid(self, kid: Kid) -> Self {
        Self { kid }
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The modulus, big-endian without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        todo!()
    }

    /// The public exponent, big-endian without leading zeros.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        todo!()
    }

    /// The length of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        todo!()
    }

    /// Whether `signature` is this key's over `message`, by RS256 (RFC 7518 §3.3).
    #[must_use]
    pub fn verify(&self, _message: &[u8], _signature: &[u8]) -> bool {
        todo!()
    }

    /// The key as a JWK: `{"kty":"RSA","use":"sig","alg":"RS256","kid","n","e"}`, in that order.
    #[must_use]
    pub fn to_jwk(&self) -> String {
        todo!()
    }
}

impl signature::Verifier<Vec<u8>> for PublicKey {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        if self.verify(message, signature) {
            Ok(())
        } else {
            Err(signature::Error::new())
        }
    }
}

impl JwtVerifier for PublicKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

//! An RSA public key that was admitted, parsed once and held.

use std::fmt;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use jsonwebtoken::crypto::JwtVerifier;
use jsonwebtoken::{Algorithm, signature};

use crate::{Kid, WeakKey, base64url, weakness};

/// An RSA public key fit for RS256: 2048 to 8192 bits, an odd exponent from 65537, and none of the
/// weaknesses of [`WeakKey`].
#[derive(Clone)]
pub struct PublicKey {
    kid: Kid,
    modulus: Box<[u8]>,
    exponent: Box<[u8]>,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// A key by its numbers, both big-endian without leading zeros. Its id is the RFC 7638
    /// thumbprint.
    ///
    /// # Errors
    /// The first weakness found.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<Self, WeakKey> {
        weakness::check(modulus, exponent)?;
        let parsed = RsaPublicKeyComponents {
            n: modulus,
            e: exponent,
        }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .map_err(|_| WeakKey::Unparsable)?;
        Ok(Self {
            kid: Kid::thumbprint(modulus, exponent),
            modulus: modulus.into(),
            exponent: exponent.into(),
            parsed,
        })
    }

    /// The same key under the id that its issuer chose.
    #[must_use]
    pub fn with_kid(self, kid: Kid) -> Self {
        Self { kid, ..self }
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The modulus, big-endian without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent, big-endian without leading zeros.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    /// The length of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        weakness::bits(&self.modulus)
    }

    /// Whether `signature` is this key's over `message`, by RS256 (RFC 7518 §3.3).
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }

    /// The key as a JWK: `{"kty":"RSA","use":"sig","alg":"RS256","kid","n","e"}`, in that order.
    #[must_use]
    pub fn to_jwk(&self) -> String {
        // A kid may hold quotes and backslashes; the other values are base64url.
        let kid = serde_json::Value::from(self.kid.as_str());
        let (n, e) = (
            base64url::encode(&self.modulus),
            base64url::encode(&self.exponent),
        );
        format!(r#"{{"kty":"RSA","use":"sig","alg":"RS256","kid":{kid},"n":"{n}","e":"{e}"}}"#)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("kid", &self.kid)
            .field("bits", &self.bits())
            .finish_non_exhaustive()
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

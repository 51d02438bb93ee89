//! Signs tokens with a held key pair: parsing the private key for each token would cost more
//! than twice the signature.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::JwtSigner;
use jsonwebtoken::signature::{Error as SignatureError, Signer as _};
use serde::Serialize;
use token::Kid;

/// One private key, parsed and ready to sign.
pub struct Signer {
    kid: Kid,
    /// The encoded header and its dot: the same for every token.
    header: String,
    key_pair: RsaKeyPair,
}

/// A private half is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the private key cannot be used: {0}")]
pub struct UnusableKey(&'static str);

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON: {0}")]
    Claims(#[from] serde_json::Error),
    /// The cryptography refused.
    #[error("the token could not be signed")]
    Signature(#[from] SignatureError),
}

/// RFC 9068 §2.1.
#[derive(Serialize)]
struct Header<'a> {
    alg: Algorithm,
    typ: &'static str,
    kid: &'a Kid,
}

impl Signer {
    /// Parses a private key in PKCS#8. Its id is the RFC 7638 thumbprint of its own public half.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, UnusableKey> {
        let key_pair =
            RsaKeyPair::from_pkcs8(der).map_err(|rejected| UnusableKey(rejected.description_()))?;
        let public = key_pair.public_key();
        let kid = Kid::thumbprint(
            public.modulus().big_endian_without_leading_zero(),
            public.exponent().big_endian_without_leading_zero(),
        );
        let header = Header {
            alg: Algorithm::RS256,
            typ: "at+jwt",
            kid: &kid,
        };
        let header = encode(&header).map_err(|_| UnusableKey("its id cannot be written"))? + ".";
        Ok(Self {
            kid,
            header,
            key_pair,
        })
    }

    /// The id of the key it signs with.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        &self.kid
    }

    /// A signed access token (RFC 9068) with these claims, in JWS Compact Serialization.
    ///
    /// # Errors
    /// [`SignError::Claims`] when they do not serialize.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SignError> {
        let mut token = self.header.clone() + &encode(claims)?;
        let signature = self.try_sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    pub(crate) fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.try_sign(message)
    }
}

impl jsonwebtoken::signature::Signer<Vec<u8>> for Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let mut signature = vec![0; self.key_pair.public_modulus_len()];
        self.key_pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(SignatureError::from_source)?;
        Ok(signature)
    }
}

impl JwtSigner for Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

fn encode(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value)?))
}

#[cfg(test)]
mod tests;

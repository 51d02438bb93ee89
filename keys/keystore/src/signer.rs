//! Signs tokens with a held key pair.

use serde::Serialize;
use token::Kid;

/// One private key, parsed and ready to sign.
pub struct Signer {
    kid: Kid,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims are not a JSON object.
    #[error("the claims cannot be written as JSON: {0}")]
    Claims(#[from] serde_json::Error),
    /// The cryptography refused.
    #[error("the token could not be signed")]
    Signature,
}

impl Signer {
    /// The id of the key it signs with.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        &self.kid
    }

    /// A signed access token (RFC 9068) with these claims.
    ///
    /// # Errors
    /// [`SignError::Claims`] when they do not serialize.
    pub fn sign(&self, _claims: &impl Serialize) -> Result<String, SignError> {
        todo!()
    }
}

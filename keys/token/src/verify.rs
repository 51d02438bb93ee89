//! The verification of an access token.

use crate::{Claims, KeySet, Kid, Policy, PublicKey, Rejection, Timestamp};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Verifies `token` with the key of `keys` that it names.
///
/// # Errors
/// The first check that failed.
pub fn verify(
    token: &str,
    keys: &KeySet,
    policy: &Policy,
    now: Timestamp,
) -> Result<Claims, Rejection> {
    let token = UnverifiedToken::parse(token)?;
    let key = keys
        .find(token.unverified_kid())
        .ok_or(Rejection::UnknownKey)?;
    token.verify(key, policy, now)
}

/// A token whose size, shape and header are in order. Nothing it says is to be believed.
#[derive(Clone, Debug)]
pub struct UnverifiedToken<'a> {
    text: &'a str,
    kid: Kid,
}

impl<'a> UnverifiedToken<'a> {
    /// Checks the size, the three parts and the header.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn parse(_text: &'a str) -> Result<Self, Rejection> {
        todo!()
    }

    /// The id of the key that the token claims to be signed with.
    #[must_use]
    pub fn unverified_kid(&self) -> &str {
        self.kid.as_str()
    }

    /// The issuer that the token claims to be from: good for choosing a key set, for nothing else.
    #[must_use]
    pub fn unverified_issuer(&self) -> Option<String> {
        todo!("{}", self.text)
    }

    /// Verifies the signature, then the claims.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn verify(
        &self,
        _key: &PublicKey,
        _policy: &Policy,
        _now: Timestamp,
    ) -> Result<Claims, Rejection> {
        todo!()
    }
}

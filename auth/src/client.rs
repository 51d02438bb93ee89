//! Programs that get tokens for themselves (RFC 6749 §4.4).

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use token::{Scope, Timestamp};
use zeroize::Zeroizing;

use crate::user::Username;

/// What every client id ends in; no user name can, so no client can pass for a user.
const SUFFIX: &str = "@clients";

/// The id of a confidential client, `NAME@clients`: also the `sub` of its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientId(String);

/// A text that cannot be the id of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit")]
pub struct InvalidClientId;

impl ClientId {
    /// The id as it is sent and signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the suffix: what people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.strip_suffix(SUFFIX).unwrap_or(&self.0)
    }
}

impl FromStr for ClientId {
    type Err = InvalidClientId;

    /// Takes the name with or without its suffix.
    fn from_str(given: &str) -> Result<Self, InvalidClientId> {
        let name = given.strip_suffix(SUFFIX).unwrap_or(given);
        let name: Username = name.parse().map_err(|_| InvalidClientId)?;
        Ok(Self(format!("{name}{SUFFIX}")))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A client's secret: 256 random bits as text, shown once.
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        let bytes = Zeroizing::new(rand::random::<[u8; 32]>());
        Self(Zeroizing::new(
            BASE64_URL_SAFE_NO_PAD.encode(bytes.as_slice()),
        ))
    }

    /// What a program sent; nothing of it is proved yet.
    #[must_use]
    pub fn unverified(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one time that it is shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the store keeps.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, self.0.as_bytes()).as_ref());
        SecretDigest(bytes)
    }
}

/// SHA-256 of a client's secret; 256 random bits need no slow hash.
#[derive(Clone, Copy)]
pub struct SecretDigest(pub [u8; 32]);

impl SecretDigest {
    /// Whether both are of one secret, in time that tells nothing.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

/// A confidential client.
#[derive(Clone)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Its secret, hashed.
    pub secret: SecretDigest,
    /// The most that it may ask for.
    pub scope: Scope,
    /// Whether it may get tokens.
    pub enabled: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_can_never_be_a_user_name() {
        let id: ClientId = "Reports".parse().unwrap();
        assert_eq!((id.as_str(), id.name()), ("reports@clients", "reports"));
        assert!(id.as_str().parse::<Username>().is_err());
        assert_eq!("reports@clients".parse::<ClientId>(), Ok(id));
    }

    #[test]
    fn a_secret_matches_itself_alone() {
        let secret = ClientSecret::generate();
        let again = ClientSecret::unverified(secret.expose().to_owned());
        assert!(secret.digest().matches(&again.digest()));
        assert!(!secret.digest().matches(&ClientSecret::generate().digest()));
    }
}

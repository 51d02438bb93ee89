//! Who can log in: names that are never reused, and what an account may do.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use token::{Scope, Timestamp};

use crate::password::HashedPassword;

/// The longest name, in characters.
const MAX_NAME: usize = 64;

/// A user name: `[a-z0-9][a-z0-9._-]{0,63}`, given in any case and kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Username(String);

/// A text that cannot be a user name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit")]
pub struct InvalidUsername;

impl Username {
    /// The name as it is stored, shown and signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Username {
    type Err = InvalidUsername;

    fn from_str(given: &str) -> Result<Self, InvalidUsername> {
        let name = given.to_ascii_lowercase();
        let inner = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        let first = name
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        if first && name.len() <= MAX_NAME && name.bytes().all(inner) {
            Ok(Self(name))
        } else {
            Err(InvalidUsername)
        }
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody typed as their name at login: perhaps nobody's, perhaps not even a name.
///
/// It is never logged as given, because people type passwords into the wrong field.
pub struct GivenName {
    username: Option<Username>,
    digest: [u8; 32],
}

impl GivenName {
    /// Takes any text; what cannot be a name is simply nobody's.
    #[must_use]
    pub fn new(given: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, given.to_lowercase().as_bytes()).as_ref());
        Self {
            username: given.parse().ok(),
            digest: bytes,
        }
    }

    /// The name, when it could be somebody's.
    #[must_use]
    pub fn username(&self) -> Option<&Username> {
        self.username.as_ref()
    }

    /// SHA-256 of the text in lower case: what failures are counted under.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl From<&Username> for GivenName {
    fn from(username: &Username) -> Self {
        Self::new(username.as_str())
    }
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserState {
    /// It can log in.
    Enabled,
    /// It is kept, and cannot log in until it is enabled again.
    Disabled,
    /// It is gone for good; the row remains so that the name is never given to anybody else.
    Deleted,
}

impl UserState {
    /// The word that is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }

    /// The state that a stored word means.
    #[must_use]
    pub fn from_stored(word: &str) -> Option<Self> {
        [Self::Enabled, Self::Disabled, Self::Deleted]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// An account that exists.
#[derive(Clone)]
pub struct User {
    /// Its name.
    pub name: Username,
    /// Its password, hashed.
    pub password: HashedPassword,
    /// The most that a login of this user may ask for.
    pub scope: Scope,
    /// Whether it can be used.
    pub state: UserState,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_in_lower_case() {
        assert_eq!(
            "Jack.O_Neill-2".parse::<Username>().unwrap().as_str(),
            "jack.o_neill-2"
        );
    }

    #[test]
    fn names_outside_the_alphabet_are_refused() {
        let too_long = "a".repeat(65);
        for given in [
            "",
            "-jack",
            ".jack",
            "_jack",
            "ja ck",
            "jäck",
            "ja\0ck",
            "\u{212a}im",
            &too_long,
        ] {
            assert_eq!(given.parse::<Username>(), Err(InvalidUsername), "{given:?}");
        }
        assert!("a".repeat(64).parse::<Username>().is_ok());
    }

    #[test]
    fn failures_are_counted_under_one_key_whatever_the_case() {
        assert_eq!(
            GivenName::new("Jack").digest(),
            GivenName::new("jACK").digest()
        );
        assert_ne!(
            GivenName::new("jack").digest(),
            GivenName::new("jack ").digest()
        );
    }
}

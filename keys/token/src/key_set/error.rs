//! Why a key set is refused as a whole.

use crate::strict_json::JsonError;
use crate::{Kid, SkipReason};

/// Why a whole key set is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Over [`crate::MAX_KEY_SET_BYTES`].
    #[error("the key set is over 256 KiB")]
    TooLarge,
    /// Not a JSON object with an array `keys` of objects.
    #[error("the text is not a JSON object with an array of keys")]
    Malformed,
    /// Arrays and objects nested deeper than a key set has any use for.
    #[error("the key set is nested too deep")]
    TooDeep,
    /// A member name twice in one object.
    #[error("a member name occurs twice in one object of the key set")]
    DuplicateMember,
    /// A member that holds a private or secret key: whoever wrote this set has leaked one.
    #[error("the key set has the private member {0}: that key is no longer a secret")]
    PrivateMember(&'static str),
    /// Over [`crate::MAX_KEYS`].
    #[error("the key set has {0} entries, over 100")]
    TooManyKeys(usize),
    /// Two usable keys have the same id.
    #[error("two keys of the set have the id {0}")]
    DuplicateKid(Kid),
    /// There is no entry.
    #[error("the key set has no key")]
    NoKey,
    /// Every entry was left out.
    #[error("none of the keys of the set is usable, {entries} in all; of the first, {first}")]
    NoUsableKey {
        /// How many entries there are.
        entries: usize,
        /// Why the first was left out.
        first: SkipReason,
    },
}

impl KeySetError {
    /// A stable name for logs and metrics, in `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::TooDeep => "too_deep",
            Self::DuplicateMember => "duplicate_member",
            Self::PrivateMember(_) => "private_member",
            Self::TooManyKeys(_) => "too_many_keys",
            Self::DuplicateKid(_) => "duplicate_kid",
            Self::NoKey | Self::NoUsableKey { .. } => "no_usable_key",
        }
    }
}

impl From<JsonError> for KeySetError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::NotAnObject => Self::Malformed,
            JsonError::TooDeep => Self::TooDeep,
            JsonError::DuplicateMember => Self::DuplicateMember,
        }
    }
}

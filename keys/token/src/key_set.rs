//! An immutable snapshot of an issuer's public keys (RFC 7517 §5).

use std::sync::Arc;

use crate::{Kid, PublicKey, WeakKey};

/// The longest key set that is looked at, in bytes.
pub const MAX_KEY_SET_BYTES: usize = 256 * 1024;

/// The most entries that a key set may have, usable or not.
pub const MAX_KEYS: usize = 100;

/// The keys of one issuer, at least one; each id occurs once.
#[derive(Clone, Debug)]
pub struct KeySet {
    keys: Vec<Arc<PublicKey>>,
    skipped: Vec<Skipped>,
}

/// An entry of a key set that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The position in the set's `keys`, from zero.
    pub position: usize,
    /// The entry's id, when it has one of the right shape.
    pub kid: Option<Kid>,
    /// Why it was left out.
    pub reason: SkipReason,
}

/// Why an entry of a key set was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SkipReason {
    /// The key is not fit for use.
    #[error(transparent)]
    Weak(#[from] WeakKey),
}

/// Why a whole key set is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Over [`MAX_KEY_SET_BYTES`].
    #[error("the key set is over 256 KiB")]
    TooLarge,
}

impl KeySetError {
    /// A stable name for logs and metrics, in `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "too_large"
    }
}

impl KeySet {
    /// Reads a key set.
    ///
    /// # Errors
    /// When the set as a whole is not to be trusted or holds no usable key.
    pub fn parse(_json: &[u8]) -> Result<Self, KeySetError> {
        todo!()
    }

    /// A set of keys at hand, in their order.
    ///
    /// # Errors
    /// When there is no key, there are too many, or two have the same id.
    pub fn from_keys(_keys: Vec<PublicKey>) -> Result<Self, KeySetError> {
        todo!()
    }

    /// The key with this id.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Arc<PublicKey>> {
        self.keys.iter().find(|key| key.kid().as_str() == kid)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The ids of the keys, in the set's order.
    pub fn kids(&self) -> impl Iterator<Item = &Kid> {
        self.keys.iter().map(|key| key.kid())
    }

    /// The entries that were left out, and why.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// The set as JSON, `{"keys":[…]}`, in the set's order.
    #[must_use]
    pub fn to_json(&self) -> String {
        todo!()
    }
}

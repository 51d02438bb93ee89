//! An immutable snapshot of an issuer's public keys (RFC 7517 §5).

mod error;

use std::sync::Arc;

pub use error::KeySetError;

use crate::strict_json::{Object, Value};
use crate::{Kid, PublicKey, SkipReason, jwk};

/// The longest key set that is looked at, in bytes.
pub const MAX_KEY_SET_BYTES: usize = 256 * 1024;

/// The most entries that a key set may have, usable or not.
pub const MAX_KEYS: usize = 100;

/// The keys of one issuer, in the issuer's order: at least one, each id once.
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

impl KeySet {
    /// Reads a key set. Entries for other uses are left out, see [`KeySet::skipped`].
    ///
    /// # Errors
    /// When the set as a whole is not to be trusted, or holds no usable key.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        if json.len() > MAX_KEY_SET_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let set = Object::parse(json)?;
        let entries = entries(&set)?;
        let mut keys = Vec::new();
        let mut skipped = Vec::new();
        for (position, entry) in entries.into_iter().enumerate() {
            match jwk::admit(entry) {
                Ok(key) => keys.push(key),
                Err(reason) => {
                    skipped.push(Skipped {
                        position,
                        kid: jwk::kid(entry).ok(),
                        reason,
                    });
                }
            }
        }
        if let (true, Some(Skipped { reason, .. })) = (keys.is_empty(), skipped.first()) {
            return Err(KeySetError::NoUsableKey {
                entries: skipped.len(),
                first: *reason,
            });
        }
        Ok(Self {
            skipped,
            ..Self::from_keys(keys)?
        })
    }

    /// A set of keys at hand, in their order.
    ///
    /// # Errors
    /// When there is no key, there are more than [`MAX_KEYS`], or two have the same id.
    pub fn from_keys(keys: Vec<PublicKey>) -> Result<Self, KeySetError> {
        if keys.is_empty() {
            return Err(KeySetError::NoKey);
        }
        if keys.len() > MAX_KEYS {
            return Err(KeySetError::TooManyKeys(keys.len()));
        }
        let mut set = Self {
            keys: Vec::with_capacity(keys.len()),
            skipped: Vec::new(),
        };
        for key in keys {
            if set.find(key.kid().as_str()).is_some() {
                return Err(KeySetError::DuplicateKid(key.kid().clone()));
            }
            set.keys.push(Arc::new(key));
        }
        Ok(set)
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

    /// Whether there is no key; never so.
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

    /// The usable keys as JSON, `{"keys":[…]}`, in the set's order.
    #[must_use]
    pub fn to_json(&self) -> String {
        let keys: Vec<_> = self.keys.iter().map(|key| key.to_jwk()).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }
}

fn entries<'o, 'a>(set: &'o Object<'a>) -> Result<Vec<&'o Object<'a>>, KeySetError> {
    refuse_private_members(set)?;
    let Some(Value::List(list)) = set.get("keys") else {
        return Err(KeySetError::Malformed);
    };
    if list.len() > MAX_KEYS {
        return Err(KeySetError::TooManyKeys(list.len()));
    }
    list.iter().map(entry).collect()
}

fn entry<'o, 'a>(value: &'o Value<'a>) -> Result<&'o Object<'a>, KeySetError> {
    let Value::Object(entry) = value else {
        return Err(KeySetError::Malformed);
    };
    refuse_private_members(entry)?;
    Ok(entry)
}

/// The private members of RFC 7518 §6.2.2, §6.3.2 and §6.4.1, and `priv` of the key type `AKP`:
/// refused whatever the `kty`.
fn refuse_private_members(object: &Object<'_>) -> Result<(), KeySetError> {
    const PRIVATE: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
    match PRIVATE.into_iter().find(|name| object.has(name)) {
        Some(name) => Err(KeySetError::PrivateMember(name)),
        None => Ok(()),
    }
}

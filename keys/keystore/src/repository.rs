//! Where a ring is kept: loaded whole, replaced whole, by compare-and-swap on its version.

use std::error::Error;
use std::future::Future;

use token::{Kid, Timestamp};

use crate::generate::KeyBits;
use crate::lifecycle::Life;
use crate::schedule::ScheduleSettings;
use crate::seal::SealedKey;
use crate::sealing_key::SealingKeyId;

/// Counts the changes of a ring; the empty ring nobody has written is at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RingVersion(pub u64);

/// A ring as it is stored. Private halves are sealed; the rest is public.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredRing {
    /// The version that was loaded, or that a swap writes one past.
    pub version: RingVersion,
    /// The last activation known to have happened. Time as the ring sees it never goes back
    /// past it, whatever a wall clock says.
    pub settled_at: Option<Timestamp>,
    /// The sealing key that opens every private half in the ring.
    pub sealed_with: Option<SealingKeyId>,
    /// What the last server was started with, for commands that are given nothing else.
    pub settings: Option<RingSettings>,
    /// In the order in which they sign.
    pub keys: Vec<StoredKey>,
}

/// One key as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredKey {
    /// Its RFC 7638 thumbprint.
    pub kid: Kid,
    /// The public modulus, big-endian without leading zeros.
    pub modulus: Vec<u8>,
    /// The public exponent, big-endian without leading zeros.
    pub exponent: Vec<u8>,
    /// The sealed private half; `None` once it is erased.
    pub sealed: Option<SealedKey>,
    /// Its times.
    pub life: Life,
}

/// The settings that a ring remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingSettings {
    /// The durations.
    pub schedule: ScheduleSettings,
    /// The size of a new key.
    pub key_bits: KeyBits,
}

/// What became of a swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Swap {
    /// The ring is stored, durably.
    Done,
    /// Another process was first; nothing is changed.
    Lost,
}

/// Keeps one ring.
pub trait Repository: Send + Sync + 'static {
    /// The ring as it is now; an empty one at version zero when none was ever stored.
    fn load(&self) -> impl Future<Output = Result<StoredRing, RepositoryError>> + Send;

    /// Replaces the ring by `next` and makes its version one more than `expected`, if the version
    /// is still `expected`. `next.version` is not looked at.
    fn swap(
        &self,
        expected: RingVersion,
        next: &StoredRing,
    ) -> impl Future<Output = Result<Swap, RepositoryError>> + Send;
}

/// The store could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the key ring cannot be reached: {0}")]
pub struct RepositoryError(#[source] Box<dyn Error + Send + Sync>);

impl RepositoryError {
    /// Wraps what the engine says.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

#[cfg(test)]
pub(crate) mod memory;

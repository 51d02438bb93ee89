//! The secret side: makes, seals, rotates and signs with an issuer's private keys. Linked by the
//! issuer alone; what verifiers need is in the `token` crate, which knows nothing of this one.

mod generate;
mod keystore;
mod lifecycle;
mod published;
mod repository;
mod schedule;
mod seal;
mod sealing_key;
mod signer;

pub use generate::{KeyBits, UnknownKeyBits};
pub use keystore::{Keystore, KeystoreError, NoSigningKey};
pub use lifecycle::{Life, State};
pub use published::{Published, PublishedKeys};
pub use repository::{
    Repository, RepositoryError, RingSettings, RingVersion, StoredKey, StoredRing, Swap,
};
pub use schedule::{FOLLOW_WITHIN, Schedule, ScheduleProblem, ScheduleSettings};
pub use seal::SealedKey;
pub use sealing_key::{SealingKeyFile, SealingKeyId};
pub use signer::{SignError, Signer};

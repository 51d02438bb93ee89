//! The secret side: makes, seals, rotates and signs with an issuer's private keys. Linked by the
//! issuer alone; what verifiers need is in the `token` crate, which knows nothing of this one.

pub mod failpoint;
mod generate;
mod keystore;
mod lifecycle;
mod published;
mod repository;
mod ring;
mod schedule;
mod seal;
mod sealing_key;
mod signer;

pub use generate::{GenerateError, KeyBits, PemError, UnknownKeyBits};
pub use keystore::{
    Announcement, ImportError, KeyOverview, Keystore, KeystoreError, LiveKeys, Look, Made,
    NoSigningKey, Overview, ResealError, Resealed, Revocation, RevokeError,
};
pub use lifecycle::{Life, Moment, State, Step, next_publication, plan};
pub use published::{PublishError, Published, PublishedKeys};
pub use repository::{
    Repository, RepositoryError, RingSettings, RingVersion, StoredKey, StoredRing, Swap,
};
pub use schedule::{FOLLOW_WITHIN, Schedule, ScheduleProblem, ScheduleSettings};
pub use seal::{SealError, SealedKey, UnsealError};
pub use sealing_key::{
    SealingKey, SealingKeyError, SealingKeyFile, SealingKeyId, SealingKeyProblem,
};
pub use signer::{SignError, Signer, UnusableKey};

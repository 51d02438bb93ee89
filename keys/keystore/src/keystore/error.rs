//! Why something about the keys could not be done.

use token::{Kid, Timestamp};

use crate::generate::{GenerateError, PemError};
use crate::published::PublishError;
use crate::repository::RepositoryError;
use crate::seal::{SealError, UnsealError};
use crate::sealing_key::{SealingKeyError, SealingKeyProblem};
use crate::signer::UnusableKey;

/// There is no key to sign with at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no signing key is ready")]
pub struct NoSigningKey;

/// What can go wrong with every operation.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// The store failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The sealing key is not to be had.
    #[error(transparent)]
    SealingKey(#[from] SealingKeyProblem),
    /// A new key could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A stored private half does not open.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    /// A stored private half is none.
    #[error("the stored private half of {kid} is damaged: {source}")]
    Damaged {
        /// Which key.
        kid: Kid,
        /// What is wrong.
        source: UnusableKey,
    },
    /// A stored private half belongs to another public half.
    #[error("the stored private half of {kid} belongs to {found}")]
    Mismatched {
        /// Where it is stored.
        kid: Kid,
        /// Whose it is.
        found: Kid,
    },
    /// A key that has to sign has no private half.
    #[error("the private half of {0} is missing")]
    Erased(Kid),
    /// No key could be made.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// The set cannot be served.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The set is as large as verifiers take it.
    #[error("the key set is full: wait until a retired key has left it")]
    Full,
    /// Other processes changed the ring without end.
    #[error("the key ring changes too fast: try again")]
    Contended,
}

/// Why a key was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The ring has no such key.
    #[error("there is no key {0} in the ring")]
    Unknown(Kid),
    /// Something else.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
}

/// Why a key was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The document.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// It was revoked here, and stays so.
    #[error("the key {kid} was revoked and cannot come back")]
    Revoked {
        /// Which key.
        kid: Kid,
        /// When.
        revoked_at: Timestamp,
    },
    /// It has signed here, and its private half is erased.
    #[error("the key {0} has signed here before and is retired")]
    Retired(Kid),
    /// Something else.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
}

/// Why the ring was not resealed. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// The new sealing key's file.
    #[error(transparent)]
    NewKey(#[from] SealingKeyError),
    /// Something else.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
}

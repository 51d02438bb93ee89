//! The ring in motion: what `auth serve` runs and what the `auth keys` commands call.

use std::sync::Arc;

use token::{Clock, Kid};

use crate::generate::KeyBits;
use crate::published::Published;
use crate::repository::Repository;
use crate::schedule::Schedule;
use crate::sealing_key::SealingKeyFile;
use crate::signer::Signer;

/// One issuer's keys.
pub struct Keystore<R> {
    repository: R,
    clock: Arc<dyn Clock>,
    schedule: Schedule,
    key_bits: KeyBits,
    sealing_key: SealingKeyFile,
}

/// Why the keys cannot be brought up or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// The store failed.
    #[error(transparent)]
    Repository(#[from] crate::repository::RepositoryError),
}

/// There is no key to sign with at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no signing key is ready")]
pub struct NoSigningKey;

impl<R: Repository> Keystore<R> {
    /// Keys kept in `repository`. Does no I/O.
    pub fn new(
        repository: R,
        clock: Arc<dyn Clock>,
        schedule: Schedule,
        key_bits: KeyBits,
        sealing_key: SealingKeyFile,
    ) -> Self {
        Self {
            repository,
            clock,
            schedule,
            key_bits,
            sealing_key,
        }
    }

    /// Makes the first key if there is none, and gets ready to sign and to publish.
    ///
    /// # Errors
    /// When the store, the sealing key or a stored key is not what it must be.
    pub async fn start(&self) -> Result<(), KeystoreError> {
        todo!()
    }

    /// What the key-set handler is given.
    #[must_use]
    pub fn published(&self) -> Published {
        todo!()
    }

    /// The key that signs now. Ask for each token; never keep it.
    ///
    /// # Errors
    /// [`NoSigningKey`] before [`Self::start`], or when the active key cannot be unsealed.
    pub fn signer(&self) -> Result<Arc<Signer>, NoSigningKey> {
        todo!()
    }

    /// Takes the key with this id out of the set at once.
    ///
    /// # Errors
    /// When there is no such key, or the store fails.
    pub async fn revoke(&self, _kid: &Kid) -> Result<(), KeystoreError> {
        todo!()
    }
}

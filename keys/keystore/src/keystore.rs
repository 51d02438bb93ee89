//! The ring in motion: what `auth serve` runs, and what the `auth keys` commands call.

use std::sync::{Arc, Mutex, PoisonError};

use token::{Clock, Timestamp};

use crate::failpoint;
use crate::generate::{KeyBits, NewKey, generate};
use crate::repository::{Repository, StoredKey, StoredRing, Swap};
use crate::schedule::Schedule;
use crate::sealing_key::{SealingKey, SealingKeyFile, SealingKeyProblem};

mod change;
mod error;
mod hand;
mod live;
mod overview;
mod watch;

pub use change::{Announcement, Made, Resealed, Revocation};
pub use error::{ImportError, KeystoreError, NoSigningKey, ResealError, RevokeError};
pub use live::{LiveKeys, Look};
pub use overview::{KeyOverview, Overview};

/// One issuer's keys, as operators change them. Any number of processes may hold a keystore on
/// the same ring.
pub struct Keystore<R> {
    repository: R,
    clock: Arc<dyn Clock>,
    schedule: Schedule,
    key_bits: KeyBits,
    sealing_key_file: SealingKeyFile,
    sealing_key: Mutex<Option<Arc<SealingKey>>>,
}

impl<R: Repository> Keystore<R> {
    /// Keys kept in `repository`. Does no I/O.
    pub fn new(
        repository: R,
        clock: Arc<dyn Clock>,
        schedule: Schedule,
        key_bits: KeyBits,
        sealing_key_file: SealingKeyFile,
    ) -> Self {
        Self {
            sealing_key: Mutex::new(None),
            repository,
            clock,
            schedule,
            key_bits,
            sealing_key_file,
        }
    }

    /// The ring as it is stored, and now as it sees it.
    async fn load(&self) -> Result<(StoredRing, Timestamp), KeystoreError> {
        let ring = self.repository.load().await?;
        let now = ring.now(self.clock.now());
        Ok((ring, now))
    }

    /// Changes the ring as `edit` says, again from the start whenever another process was first.
    /// A key is made, outside of any transaction, only when `edit` asks for one.
    async fn change<T>(
        &self,
        mut fresh: Option<NewKey>,
        edit: impl Fn(&mut StoredRing, Timestamp, Option<StoredKey>) -> Edit<T> + Send + Sync,
    ) -> Result<T, KeystoreError> {
        for _ in 0..MOST_ATTEMPTS {
            let (ring, now) = self.load().await?;
            failpoint::reach("loaded");
            let mut next = ring.clone();
            let key = fresh
                .as_ref()
                .map(|key| self.seal(key, &mut next))
                .transpose()?;
            match edit(&mut next, now, key) {
                Edit::Unchanged(answer) => return Ok(answer),
                Edit::NeedsKey => fresh = Some(generate(self.key_bits).await?),
                Edit::Changed(answer) => {
                    next.erase_history();
                    failpoint::reach("edited");
                    if self.repository.swap(ring.version, &next).await? == Swap::Done {
                        failpoint::reach("swapped");
                        return Ok(answer);
                    }
                }
            }
        }
        Err(KeystoreError::Contended)
    }

    /// A new key as it will be stored, its life still to be decided.
    fn seal(&self, key: &NewKey, ring: &mut StoredRing) -> Result<StoredKey, KeystoreError> {
        let sealing_key = self.sealing_key_of(ring)?;
        ring.sealed_with = Some(sealing_key.id().clone());
        Ok(key.stored(&sealing_key)?)
    }

    /// The key that opens this ring's private halves. Looked for in the file again when the ring
    /// was resealed; only a ring that has nothing sealed may have it created.
    fn sealing_key_of(&self, ring: &StoredRing) -> Result<Arc<SealingKey>, SealingKeyProblem> {
        let mut cached = self
            .sealing_key
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(wanted) = &ring.sealed_with else {
            let key = self.sealing_key_file.load_or_create()?;
            return Ok(cached.insert(key).clone());
        };
        if let Some(key) = cached.as_ref().filter(|key| key.id() == wanted) {
            return Ok(key.clone());
        }
        let key = self.sealing_key_file.find(wanted)?;
        self.sealing_key_file.tidy();
        Ok(cached.insert(key).clone())
    }
}

/// Attempts before a change is given up: each failure means that another process succeeded.
const MOST_ATTEMPTS: usize = 256;

/// What an edit made of a ring.
enum Edit<T> {
    /// It is to be stored.
    Changed(T),
    /// There was nothing to do.
    Unchanged(T),
    /// It takes a new key, and is to be asked again with one.
    NeedsKey,
}

#[cfg(test)]
mod tests;

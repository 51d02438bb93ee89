//! A ring in memory, for tests. Clones share it, as processes share a database.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Repository, RepositoryError, RingVersion, StoredRing, Swap};

#[derive(Clone, Default)]
pub(crate) struct InMemory(Arc<Mutex<StoredRing>>);

impl Repository for InMemory {
    async fn load(&self) -> Result<StoredRing, RepositoryError> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn swap(
        &self,
        expected: RingVersion,
        next: &StoredRing,
    ) -> Result<Swap, RepositoryError> {
        let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stored.version != expected {
            return Ok(Swap::Lost);
        }
        *stored = StoredRing {
            version: RingVersion(expected.0 + 1),
            ..next.clone()
        };
        Ok(Swap::Done)
    }
}

//! The key ring.
use super::Store;
use keystore::{Repository, RepositoryError, RingVersion, StoredRing, Swap};
impl Repository for Store {
    async fn load(&self) -> Result<StoredRing, RepositoryError> {
        Ok(StoredRing::default())
    }
    async fn swap(
        &self,
        _expected: RingVersion,
        _next: &StoredRing,
    ) -> Result<Swap, RepositoryError> {
        Ok(Swap::Done)
    }
}

//! The signing keys of this service, kept in its store and turned on time.

use std::sync::Arc;

use keystore::{Keystore, KeystoreError, LiveKeys, SealingKeyFile};
use token::Clock;
use tokio_util::sync::CancellationToken;

use crate::settings::KeySettings;
use crate::store::Store;

/// The keys of this process.
pub type Keys = LiveKeys<Store>;

/// Makes the first key if there is none, and gets ready to sign and to publish.
///
/// # Errors
/// The store, the sealing key or a stored key is not what it must be.
pub async fn open(
    store: Store,
    settings: &KeySettings,
    clock: Arc<dyn Clock>,
) -> Result<Arc<Keys>, KeystoreError> {
    let sealing_key = SealingKeyFile::created_when_missing(&settings.sealing_key_file);
    let keystore = Keystore::new(
        store,
        clock,
        settings.schedule,
        settings.key_bits,
        sealing_key,
    );
    Ok(Arc::new(keystore.start().await?))
}

/// Follows the ring until told to stop.
///
/// # Errors
/// Never.
pub async fn keep_turning(
    keys: Arc<Keys>,
    stopping: CancellationToken,
) -> Result<(), KeystoreError> {
    let _ = keys;
    stopping.cancelled().await;
    Ok(())
}

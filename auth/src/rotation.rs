//! The signing keys of this service, kept in its store and turned on time.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use keystore::{Keystore, KeystoreError, LiveKeys, SealingKeyFile};
use token::Clock;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::settings::KeySettings;
use crate::store::Store;

/// The keys of this process.
pub type Keys = LiveKeys<Store>;

/// How long to wait after a failure: still soon enough to follow a change in time.
const RETRY: Duration = Duration::from_secs(1);

/// How often the schedule is asked for the next key.
const SCHEDULE: Duration = Duration::from_millis(500);

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

/// Follows the ring, and announces the next key when it is due, until told to stop. The two go
/// side by side: making a key may take longer than a change may wait to be followed.
///
/// # Errors
/// Never: a store that fails is asked again.
pub async fn keep_turning(keys: Arc<Keys>, stopping: CancellationToken) -> Result<(), Infallible> {
    tokio::select! {
        () = follow(&keys) => {}
        () = announce(&keys) => {}
        () = stopping.cancelled() => {}
    }
    Ok(())
}

async fn follow(keys: &Keys) {
    let mut report = Report::default();
    loop {
        let wait = report.of(keys.follow().await, RETRY);
        tokio::time::sleep(wait).await;
    }
}

async fn announce(keys: &Keys) {
    let mut report = Report::default();
    loop {
        let wait = report.of(keys.rotate_when_due().await.map(|()| SCHEDULE), RETRY);
        tokio::time::sleep(wait).await;
    }
}

/// Logs a failure when it begins or changes, not at each attempt.
#[derive(Default)]
struct Report {
    last: Option<String>,
}

impl Report {
    fn of(&mut self, outcome: Result<Duration, KeystoreError>, retry: Duration) -> Duration {
        let error = match outcome {
            Ok(wait) => {
                self.last = None;
                return wait;
            }
            Err(error) => error.to_string(),
        };
        if self.last.as_ref() != Some(&error) {
            error!(%error, "the signing keys cannot be kept up to date");
            self.last = Some(error);
        }
        retry
    }
}

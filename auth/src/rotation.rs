//! The signing keys of this service, kept in its store and turned on time.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keystore::{Keystore, KeystoreError, LiveKeys, Look, Schedule, SealingKeyFile};
use metrics::{describe_gauge, gauge};
use token::Clock;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::settings::KeySettings;
use crate::store::{RingChanges, Store};

/// The keys of this process.
pub type Keys = LiveKeys<Store>;

/// How long to wait after a failure: still soon enough to follow a change in time.
const RETRY: Duration = Duration::from_secs(1);

/// How often the schedule is asked for the next key.
const SCHEDULE: Duration = Duration::from_millis(500);

/// Keys that sign or will, and do not open with this process's sealing key: each will not sign
/// here.
const UNOPENED: &str = "auth_signing_keys_unopened";

/// Makes the first key if there is none, and gets ready to sign and to publish.
///
/// # Errors
/// The store, the sealing key or a stored key is not what it must be.
pub async fn open(
    store: Store,
    settings: &KeySettings,
    clock: Arc<dyn Clock>,
) -> Result<Arc<Keys>, KeystoreError> {
    let sealing_key = sealing_key_file(&store, &settings.sealing_key_file);
    let keystore = Keystore::new(
        store,
        clock,
        settings.schedule,
        settings.key_bits,
        sealing_key,
    );
    Ok(Arc::new(keystore.start().await?))
}

/// The file that seals the keys of this store. One that several machines share is never made
/// here: each machine would make another.
#[must_use]
pub fn sealing_key_file(store: &Store, path: &Path) -> SealingKeyFile {
    if store.is_shared() {
        SealingKeyFile::existing(path)
    } else {
        SealingKeyFile::created_when_missing(path)
    }
}

/// Follows the ring, and announces the next key when it is due, until told to stop. The two go
/// side by side: making a key may take longer than a change may wait to be followed.
///
/// # Errors
/// Never: a store that fails is asked again.
pub async fn keep_turning(
    keys: Arc<Keys>,
    changes: RingChanges,
    stopping: CancellationToken,
) -> Result<(), Infallible> {
    tokio::select! {
        () = follow(&keys, changes, memory_of_a_ring(keys.schedule())) => {}
        () = announce(&keys) => {}
        () = stopping.cancelled() => {}
    }
    Ok(())
}

/// How long what was seen of the ring says which key signs: a key that was not there then signs
/// no sooner than this after it was published.
fn memory_of_a_ring(schedule: &Schedule) -> Duration {
    schedule.settings().jwks_max_age + schedule.settings().leeway
}

async fn follow(keys: &Keys, mut changes: RingChanges, memory: Duration) {
    describe_gauge!(
        UNOPENED,
        "Keys that sign or will, and do not open with the sealing key of this process"
    );
    let mut report = Report::default();
    let mut forgotten_at = Instant::now() + memory;
    loop {
        let begun = Instant::now();
        let looked = tokio::time::timeout_at(forgotten_at.max(begun + RETRY), keys.follow()).await;
        if let Ok(Ok(_)) = &looked {
            forgotten_at = begun + memory;
        } else if Instant::now() >= forgotten_at {
            keys.lay_down();
        }
        gauge!(UNOPENED).set(u32::try_from(keys.unopened()).unwrap_or(u32::MAX));
        let wait = looked.map_or(RETRY, |looked| report.of_look(looked));
        changes.next(wait).await;
    }
}

async fn announce(keys: &Keys) {
    let mut report = Report::default();
    loop {
        let wait = match keys.rotate_when_due().await {
            Ok(()) => report.success(SCHEDULE),
            Err(error) => report.failure(&error, RETRY),
        };
        tokio::time::sleep(wait).await;
    }
}

/// Logs a failure when it begins or changes, not at each attempt.
#[derive(Default)]
struct Report {
    last: Option<String>,
}

impl Report {
    /// Answers how long to wait, as do the others.
    fn of_look(&mut self, looked: Result<Look, KeystoreError>) -> Duration {
        match looked {
            Ok(Look {
                wait,
                unopened: None,
            }) => self.success(wait),
            Ok(Look {
                wait,
                unopened: Some(error),
            }) => self.failure(&error, wait),
            Err(error) => self.failure(&error, RETRY),
        }
    }

    fn success(&mut self, wait: Duration) -> Duration {
        if self.last.take().is_some() {
            info!("the signing keys are up to date again");
        }
        wait
    }

    fn failure(&mut self, error: &KeystoreError, wait: Duration) -> Duration {
        let error = error.to_string();
        if self.last.as_ref() != Some(&error) {
            error!(%error, "the signing keys cannot be kept up to date");
            self.last = Some(error);
        }
        wait
    }
}

//! What the log and the metrics are told of a key set: each change once, not each attempt.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use token::KeySet;

use crate::disk::DiskError;
use crate::fetch_error::FetchError;
use crate::held::Held;
use crate::metric;

/// Speaks for the key set of one issuer.
pub(crate) struct Journal {
    issuer: String,
    location: String,
    problem: Mutex<Option<String>>,
}

impl Journal {
    pub(crate) fn new(issuer: &str, location: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            location: location.to_owned(),
            problem: Mutex::new(None),
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Why the last attempt failed; `None` when it succeeded.
    pub(crate) fn problem(&self) -> Option<String> {
        self.problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The issuer sent a set, which is now in use.
    pub(crate) fn updated(&self, held: &Held, changed: bool) {
        metric::refreshed(&self.issuer, if changed { "updated" } else { "unchanged" });
        metric::keys(&self.issuer, held.keys().len());
        self.well();
        if changed {
            let kids: Vec<_> = held.keys().kids().map(ToString::to_string).collect();
            tracing::info!(
                issuer = self.issuer,
                from = self.location,
                ?kids,
                "key set updated"
            );
            self.skipped(held.keys());
        }
    }

    /// The issuer says that its set has not changed.
    pub(crate) fn unchanged(&self) {
        metric::refreshed(&self.issuer, "unchanged");
        self.well();
    }

    /// An attempt failed. Warns when it is the first or the reason is another than last time.
    pub(crate) fn failed(&self, error: &FetchError) {
        metric::refreshed(&self.issuer, error.code());
        let reason = error.to_string();
        let code = error.code();
        if self.exchange(Some(reason.clone())).as_ref() == Some(&reason) {
            tracing::debug!(
                issuer = self.issuer,
                code,
                reason,
                "key set still not refreshed"
            );
        } else {
            let from = &self.location;
            tracing::warn!(
                issuer = self.issuer,
                from,
                code,
                reason,
                "key set not refreshed"
            );
        }
    }

    /// The last run's set serves until the issuer has been asked.
    pub(crate) fn restored(&self, held: &Held, age: Duration) {
        metric::keys(&self.issuer, held.keys().len());
        let (keys, age_seconds) = (held.keys().len(), age.as_secs());
        tracing::info!(
            issuer = self.issuer,
            keys,
            age_seconds,
            "key set read from its disk copy"
        );
    }

    pub(crate) fn copy_refused(&self, error: &DiskError) {
        tracing::warn!(issuer = self.issuer, reason = %error, "disk copy of the key set not used");
    }

    pub(crate) fn copy_not_written(&self, error: &DiskError) {
        tracing::warn!(issuer = self.issuer, reason = %error, "disk copy of the key set not written");
    }

    fn well(&self) {
        if self.exchange(None).is_some() {
            tracing::info!(issuer = self.issuer, "key set refreshed again");
        }
    }

    fn skipped(&self, keys: &KeySet) {
        for entry in keys.skipped() {
            let kid = entry.kid.as_ref().map(ToString::to_string);
            let (position, reason) = (entry.position, &entry.reason);
            tracing::warn!(issuer = self.issuer, position, kid, %reason, "key of the set not used");
        }
    }

    fn exchange(&self, problem: Option<String>) -> Option<String> {
        let mut held = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *held, problem)
    }
}

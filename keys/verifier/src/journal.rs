//! What the log and the metrics are told of a key set: each change once, not each attempt.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use token::Skipped;

use crate::disk::DiskError;
use crate::fetch_error::FetchError;
use crate::held::Held;
use crate::metric;

/// Speaks for the key set of one issuer.
pub(crate) struct Journal {
    issuer: String,
    location: String,
    problem: Trouble,
    disk_problem: Trouble,
    skipped: Mutex<Vec<Skipped>>,
}

/// What went wrong last, to tell news from repetition.
#[derive(Default)]
struct Trouble(Mutex<Option<String>>);

impl Journal {
    pub(crate) fn new(issuer: &str, location: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            location: location.to_owned(),
            problem: Trouble::default(),
            disk_problem: Trouble::default(),
            skipped: Mutex::default(),
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Why the last attempt failed; `None` when it succeeded.
    pub(crate) fn problem(&self) -> Option<String> {
        self.problem.last()
    }

    /// The issuer sent a set, which is now in use.
    pub(crate) fn updated(&self, held: &Held, changed: bool) {
        metric::refreshed(&self.issuer, if changed { "updated" } else { "unchanged" });
        self.well();
        if changed {
            let kids: Vec<_> = held.keys().kids().map(ToString::to_string).collect();
            tracing::info!(
                issuer = self.issuer,
                from = self.location,
                ?kids,
                "key set updated"
            );
        }
    }

    /// These entries of the issuer's set are not in use. Warns of those that were not among them
    /// before.
    pub(crate) fn skipped(&self, entries: &[Skipped]) {
        let mut last = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *last, entries.to_vec());
        drop(last);
        let is_known = |entry: &&Skipped| {
            let same = |other: &Skipped| (&other.kid, other.reason) == (&entry.kid, entry.reason);
            before.iter().any(same)
        };
        for entry in entries.iter().filter(|entry| !is_known(entry)) {
            let kid = entry.kid.as_ref().map(ToString::to_string);
            let (position, reason) = (entry.position, &entry.reason);
            tracing::warn!(issuer = self.issuer, position, kid, %reason, "key of the set not used");
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
        if self.problem.is_news(&reason) {
            let from = &self.location;
            tracing::warn!(
                issuer = self.issuer,
                from,
                code,
                reason,
                "key set not refreshed"
            );
        } else {
            tracing::debug!(
                issuer = self.issuer,
                code,
                reason,
                "key set still not refreshed"
            );
        }
    }

    /// The last run's set serves until the issuer has been asked.
    pub(crate) fn restored(&self, held: &Held, age: Duration) {
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

    pub(crate) fn copy_written(&self) {
        self.disk_problem.is_over();
    }

    /// Warns as [`Journal::failed`] does.
    pub(crate) fn copy_not_written(&self, error: &DiskError) {
        let (issuer, reason) = (&self.issuer, error.to_string());
        if self.disk_problem.is_news(&reason) {
            tracing::warn!(issuer, reason, "disk copy of the key set not written");
        }
    }

    fn well(&self) {
        if self.problem.is_over() {
            tracing::info!(issuer = self.issuer, "key set refreshed again");
        }
    }
}

impl Trouble {
    fn last(&self) -> Option<String> {
        self.lock().clone()
    }

    /// Notes it; tells whether it is another than before.
    fn is_news(&self, reason: &str) -> bool {
        let before = self.lock().replace(reason.to_owned());
        before.as_deref() != Some(reason)
    }

    /// Notes that all is well; tells whether it was not.
    fn is_over(&self) -> bool {
        self.lock().take().is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Tombstones: keys that an issuer has withdrawn do not come back from an older copy of its set.

use std::collections::BTreeMap;
use std::time::Duration;

use token::{KeySet, Kid};

use crate::fetch_error::FetchError;

/// More than an honest issuer withdraws in hours; the longest-lived are kept.
const MOST_TOMBSTONES: usize = 1000;

/// The kids that are barred, each until a time of the monotonic clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Withdrawn(BTreeMap<Kid, Duration>);

impl Withdrawn {
    pub(crate) fn contains(&self, kid: &str, now: Duration) -> bool {
        self.0.get(kid).is_some_and(|&until| now < until)
    }

    /// What of it still counts.
    pub(crate) fn at(&self, now: Duration) -> Self {
        let living = self.0.iter().filter(|&(_, &until)| now < until);
        Self(living.map(|(kid, &until)| (kid.clone(), until)).collect())
    }

    /// A set without the barred keys.
    pub(crate) fn exclude(&self, keys: KeySet) -> Result<KeySet, FetchError> {
        let Some(barred) = keys.kids().find(|kid| self.0.contains_key(*kid)).cloned() else {
            return Ok(keys);
        };
        let admitted = keys.kids().filter(|kid| !self.0.contains_key(*kid));
        let admitted = admitted.filter_map(|kid| keys.find(kid.as_str()));
        let admitted: Vec<_> = admitted.map(|key| key.as_ref().clone()).collect();
        if admitted.is_empty() {
            return Err(FetchError::OnlyWithdrawn(barred));
        }
        Ok(KeySet::from_keys(admitted)?)
    }

    /// With a tombstone for every key of `before` that is not in `after`.
    pub(crate) fn and(mut self, before: &KeySet, after: &KeySet, until: Duration) -> Self {
        let gone = before
            .kids()
            .filter(|kid| after.find(kid.as_str()).is_none());
        self.0.extend(gone.map(|kid| (kid.clone(), until)));
        while self.0.len() > MOST_TOMBSTONES {
            let first = self
                .0
                .iter()
                .min_by_key(|&(_, &until)| until)
                .map(|(kid, _)| kid.clone());
            first.map(|kid| self.0.remove(&kid));
        }
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Kid, Duration)> {
        self.0.iter().map(|(kid, &until)| (kid, until))
    }
}

impl FromIterator<(Kid, Duration)> for Withdrawn {
    fn from_iter<I: IntoIterator<Item = (Kid, Duration)>>(kids: I) -> Self {
        Self(kids.into_iter().collect())
    }
}

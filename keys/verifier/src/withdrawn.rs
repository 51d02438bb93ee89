//! Tombstones: keys that an issuer has withdrawn do not come back from an older copy of its set.
//!
//! A key that is missing from a set was withdrawn if the set is newer than the key. With several
//! replicas or caches between, the set may be the older one: what was fetched from one replica is
//! not yet known to the next. So a key earns a tombstone only when it has been held for longer than
//! the answer can be behind the issuer ([`Freshness::furthest_behind`]): then it was published
//! before any copy was made that can still be served, and to be missing means to be withdrawn.
//!
//! One that vanishes sooner is gone as well, with the verdicts on its tokens, but may come back. If
//! it was revoked right after it appeared, an older copy brings it back for no longer than that
//! copy may be served: as long as any cache that had not heard of the revocation.
//!
//! [`Freshness::furthest_behind`]: crate::freshness::Freshness::furthest_behind

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

    /// With a tombstone for each of these keys.
    pub(crate) fn and(mut self, gone: impl Iterator<Item = Kid>, until: Duration) -> Self {
        self.0.extend(gone.map(|kid| (kid, until)));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn kid(number: u64) -> Kid {
        Kid::new(&format!("key-{number}")).unwrap()
    }

    #[test]
    fn a_key_is_barred_until_its_moment_and_no_longer() {
        let (just_before, until) = (Duration::from_millis(1_999), Duration::from_secs(2));
        let barred = Withdrawn::default().and([kid(1)].into_iter(), until);
        for (now, is_barred) in [(just_before, true), (until, false)] {
            assert_eq!(barred.contains(kid(1).as_str(), now), is_barred);
            assert_eq!(barred.at(now).0.len(), usize::from(is_barred));
        }
    }

    #[test]
    fn of_more_tombstones_than_the_cap_the_longest_lived_are_kept() {
        let most = u64::try_from(MOST_TOMBSTONES).unwrap();
        let (until, sooner) = (Duration::from_secs(2), Duration::from_secs(1));
        let first = Withdrawn::default().and((0..most).map(kid), sooner);
        assert_eq!(first.0.len(), MOST_TOMBSTONES, "so many fit");
        let newer = first.clone().and((most..most + 3).map(kid), until);
        assert_eq!(newer.0.len(), MOST_TOMBSTONES);
        assert!((most..most + 3).all(|number| newer.contains(kid(number).as_str(), sooner)));
        let flooded = first.and((most..3 * most).map(kid), until);
        assert_eq!(flooded.0.len(), MOST_TOMBSTONES);
        assert!(flooded.iter().all(|(_, barred)| barred == until));
    }
}

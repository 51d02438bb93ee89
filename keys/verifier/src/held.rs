//! The key set in use: an immutable snapshot, and how the next one follows from it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use token::{KeySet, Kid, PublicKey};

use crate::fetch_error::FetchError;
use crate::origin::Validator;
use crate::withdrawn::Withdrawn;

/// A key set, until when it may be used, and what went before it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    keys: Arc<KeySet>,
    /// Changes with the keys: a verdict of another generation counts for nothing.
    generation: u64,
    confirmed: Confirmed,
    usable_until: Duration,
    /// Since when each key has been held without a gap, on the monotonic clock.
    since: Arc<BTreeMap<Kid, Duration>>,
    withdrawn: Arc<Withdrawn>,
    /// And when the set came with it.
    validator: Option<(Validator, Duration)>,
}

/// What the issuer confirmed, it confirmed so long before this moment of the monotonic clock: an
/// earlier run may have asked before that clock began.
#[derive(Debug, Clone, Copy)]
struct Confirmed {
    before: Duration,
    moment: Duration,
}

/// How a key that is missing from the next set is told from one that the set is too old to know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Burial {
    /// Keys held for longer than this have been withdrawn; younger ones are just gone.
    pub(crate) held_for: Duration,
    /// Until when those are barred.
    pub(crate) until: Duration,
}

/// A key and the generation of the set it was found in.
pub(crate) struct Found {
    pub(crate) key: Arc<PublicKey>,
    pub(crate) generation: u64,
}

impl Held {
    /// Keys that stay for ever.
    pub(crate) fn fixed(keys: KeySet) -> Self {
        Self::first(keys, None, Duration::ZERO).confirmed(Duration::ZERO, Duration::MAX)
    }

    /// The first set, had `now`. Not usable until it is [`Held::confirmed`].
    pub(crate) fn first(keys: KeySet, validator: Option<Validator>, now: Duration) -> Self {
        let since = keys.kids().map(|kid| (kid.clone(), now)).collect();
        Self {
            keys: Arc::new(keys),
            generation: 0,
            confirmed: Confirmed {
                before: Duration::ZERO,
                moment: now,
            },
            usable_until: Duration::ZERO,
            since: Arc::new(since),
            withdrawn: Arc::default(),
            validator: validator.map(|validator| (validator, now)),
        }
    }

    /// The same set, with what an earlier run knew of the past.
    pub(crate) fn remembering(
        self,
        withdrawn: Withdrawn,
        earlier: &BTreeMap<Kid, Duration>,
    ) -> Self {
        let known = |kid: &Kid, now| earlier.get(kid).copied().unwrap_or(now);
        let since = self.since.iter();
        let since = since.map(|(kid, &now)| (kid.clone(), known(kid, now)));
        Self {
            since: Arc::new(since.collect()),
            withdrawn: Arc::new(withdrawn),
            ..self
        }
    }

    /// The set that replaces this one. Keys that have been withdrawn before stay out of it, and
    /// those that are missing from it are gone, withdrawn if they were held for long enough. A set
    /// that was cut down has no validator: "unchanged" would keep out for ever what is barred for
    /// a while.
    pub(crate) fn replaced(
        &self,
        keys: KeySet,
        validator: Option<Validator>,
        now: Duration,
        burial: Burial,
    ) -> Result<Self, FetchError> {
        let withdrawn = self.withdrawn.at(now);
        let sent = keys.len();
        let keys = withdrawn.exclude(keys)?;
        let validator = validator.filter(|_| keys.len() == sent);
        let same = keys.to_json() == self.keys.to_json();
        let withdrawn = withdrawn.and(self.withdrawn_by(&keys, now, burial), burial.until);
        Ok(Self {
            since: Arc::new(self.since_with(&keys, now)),
            keys: if same {
                Arc::clone(&self.keys)
            } else {
                Arc::new(keys)
            },
            generation: self.generation + u64::from(!same),
            confirmed: self.confirmed,
            usable_until: self.usable_until,
            withdrawn: Arc::new(withdrawn),
            validator: validator.map(|validator| (validator, now)),
        })
    }

    /// The same set, confirmed by who was asked at this moment, and good for `max_stale`.
    pub(crate) fn confirmed(self, asked: Duration, max_stale: Duration) -> Self {
        self.confirmed_before(Duration::ZERO, asked, max_stale)
    }

    /// The same set, confirmed so long before this moment.
    pub(crate) fn confirmed_before(
        self,
        before: Duration,
        moment: Duration,
        max_stale: Duration,
    ) -> Self {
        Self {
            confirmed: Confirmed { before, moment },
            usable_until: moment.saturating_add(max_stale.saturating_sub(before)),
            ..self
        }
    }

    pub(crate) fn find(&self, kid: &str) -> Option<Found> {
        let key = Arc::clone(self.keys.find(kid)?);
        Some(Found {
            key,
            generation: self.generation,
        })
    }

    pub(crate) fn is_usable(&self, now: Duration) -> bool {
        now < self.usable_until
    }

    /// For how long the issuer has not confirmed the set.
    pub(crate) fn age(&self, now: Duration) -> Duration {
        let Confirmed { before, moment } = self.confirmed;
        now.saturating_sub(moment).saturating_add(before)
    }

    /// Whether it was confirmed later than by who was asked at this moment.
    pub(crate) fn is_newer_than(&self, asked: Duration) -> bool {
        self.confirmed.moment > asked
    }

    pub(crate) fn keys(&self) -> &KeySet {
        &self.keys
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// For how long each key has been held.
    pub(crate) fn held_for(&self, now: Duration) -> impl Iterator<Item = (&Kid, Duration)> {
        let since = self.since.iter();
        since.map(move |(kid, &since)| (kid, now.saturating_sub(since)))
    }

    pub(crate) fn withdrawn(&self) -> Arc<Withdrawn> {
        Arc::clone(&self.withdrawn)
    }

    /// What to compare the issuer's set by, if this one was sent whole within `max_stale`: an issuer
    /// whose tag does not change with its set is not believed for longer.
    pub(crate) fn validator(&self, now: Duration, max_stale: Duration) -> Option<&Validator> {
        let (validator, sent) = self.validator.as_ref()?;
        (now.saturating_sub(*sent) < max_stale).then_some(validator)
    }
}

impl Held {
    fn withdrawn_by(
        &self,
        next: &KeySet,
        now: Duration,
        burial: Burial,
    ) -> impl Iterator<Item = Kid> {
        self.held_for(now)
            .filter(move |&(_, held)| held > burial.held_for)
            .filter(|(kid, _)| next.find(kid.as_str()).is_none())
            .map(|(kid, _)| kid.clone())
    }

    fn since_with(&self, next: &KeySet, now: Duration) -> BTreeMap<Kid, Duration> {
        let since = |kid| self.since.get(kid).copied().unwrap_or(now);
        next.kids().map(|kid| (kid.clone(), since(kid))).collect()
    }
}

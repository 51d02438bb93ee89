//! The key set in use: an immutable snapshot, and how the next one follows from it.

use std::sync::Arc;
use std::time::Duration;

use token::{KeySet, PublicKey};

use crate::fetch_error::FetchError;
use crate::origin::Validator;
use crate::withdrawn::Withdrawn;

/// A key set, until when it may be used, and what went before it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    keys: Arc<KeySet>,
    /// Changes with the keys: a verdict of another generation counts for nothing.
    generation: u64,
    usable_until: Duration,
    withdrawn: Arc<Withdrawn>,
    validator: Option<Validator>,
}

/// A key and the generation of the set it was found in.
pub(crate) struct Found {
    pub(crate) key: Arc<PublicKey>,
    pub(crate) generation: u64,
}

impl Held {
    /// Keys that stay for ever.
    pub(crate) fn fixed(keys: KeySet) -> Self {
        Self::first(keys, None, Withdrawn::default()).usable_until(Duration::MAX)
    }

    /// The first set, with what is known to have been withdrawn before it. Not usable until
    /// [`Held::usable_until`] says so.
    pub(crate) fn first(keys: KeySet, validator: Option<Validator>, withdrawn: Withdrawn) -> Self {
        let withdrawn = Arc::new(withdrawn);
        let usable_until = Duration::ZERO;
        Self {
            keys: Arc::new(keys),
            generation: 0,
            usable_until,
            withdrawn,
            validator,
        }
    }

    /// The set that replaces this one. Keys that have been withdrawn before stay out of it, and
    /// those that are missing from it are withdrawn now, until `buried_until`. A set that was cut
    /// down has no validator: "unchanged" would keep out for ever what is barred for a while.
    pub(crate) fn replaced(
        &self,
        keys: KeySet,
        validator: Option<Validator>,
        now: Duration,
        buried_until: Duration,
    ) -> Result<Self, FetchError> {
        let withdrawn = self.withdrawn.at(now);
        let sent = keys.len();
        let keys = withdrawn.exclude(keys)?;
        let validator = validator.filter(|_| keys.len() == sent);
        let same = keys.to_json() == self.keys.to_json();
        let withdrawn = withdrawn.and(&self.keys, &keys, buried_until);
        Ok(Self {
            keys: if same {
                Arc::clone(&self.keys)
            } else {
                Arc::new(keys)
            },
            generation: self.generation + u64::from(!same),
            usable_until: self.usable_until,
            withdrawn: Arc::new(withdrawn),
            validator,
        })
    }

    /// The same set, confirmed anew.
    pub(crate) fn usable_until(self, usable_until: Duration) -> Self {
        Self {
            usable_until,
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

    /// For how long the issuer has not confirmed the set, of which it may be used for `max_stale`.
    pub(crate) fn age(&self, now: Duration, max_stale: Duration) -> Duration {
        max_stale.saturating_sub(self.usable_until.saturating_sub(now))
    }

    pub(crate) fn keys(&self) -> &KeySet {
        &self.keys
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn withdrawn(&self) -> Arc<Withdrawn> {
        Arc::clone(&self.withdrawn)
    }

    pub(crate) fn validator(&self) -> Option<&Validator> {
        self.validator.as_ref()
    }
}

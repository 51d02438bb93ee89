//! What a verifier ought to hold after the answers that it had.

use std::collections::{BTreeMap, BTreeSet};

/// By the verifier's defaults, in seconds.
pub(super) const MAX_STALE: u64 = 3600;
pub(super) const TOMBSTONE: u64 = 7200;

/// The `max-age` of every answer, also of those that do not say it.
pub(super) const MAX_AGE: u64 = 60;

/// How far one replica may be behind another.
pub(super) const REPLICA_LAG: u64 = 30;

/// An answer that brought a good set.
#[derive(Clone, Debug)]
pub(super) struct Served {
    pub(super) keys: BTreeSet<usize>,
    pub(super) asked: u64,
    /// Its `Age`.
    pub(super) age: u64,
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) now: u64,
    /// And since when.
    held: BTreeMap<usize, u64>,
    confirmed: Option<u64>,
    withdrawn: BTreeMap<usize, u64>,
}

/// How far an answer of this `Age` may be behind the issuer.
pub(super) fn furthest_behind(age: u64) -> u64 {
    age.max(MAX_AGE) + REPLICA_LAG
}

impl Model {
    /// Whether the set is taken: one whose keys are all withdrawn is too old to be.
    pub(super) fn takes(&mut self, served: &Served) -> bool {
        let asked = served.asked;
        self.withdrawn.retain(|_, until| asked < *until);
        let admitted = served.keys.iter();
        let admitted = admitted.filter(|key| !self.withdrawn.contains_key(key));
        let admitted: BTreeSet<usize> = admitted.copied().collect();
        if admitted.is_empty() {
            return false;
        }
        let gone = self.held.iter().filter(|(key, _)| !admitted.contains(key));
        let withdrawn = gone.filter(|&(_, &since)| asked - since > furthest_behind(served.age));
        self.withdrawn
            .extend(withdrawn.map(|(&key, _)| (key, asked + TOMBSTONE)));
        let since = |key: &usize| self.held.get(key).copied().unwrap_or(asked);
        self.held = admitted.iter().map(|key| (*key, since(key))).collect();
        self.confirmed = Some(asked);
        true
    }

    pub(super) fn verdict_on(&self, key: usize) -> &'static str {
        match self.confirmed {
            Some(at) if self.now < at + MAX_STALE && self.held.contains_key(&key) => "ok",
            Some(at) if self.now < at + MAX_STALE => "unknown_key",
            _ => "key_set_unavailable",
        }
    }
}

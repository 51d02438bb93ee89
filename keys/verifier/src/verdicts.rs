//! Tokens that have been verified, so that the next request with the same one costs a fingerprint.
//!
//! A table of fixed size, without locks and without upkeep: a token has a few places, found by its
//! fingerprint, and takes that of another when they are full. Whatever is forgotten is verified anew.
//! A token is remembered from its second visit on, so that those that come once cost nothing more.

mod doorkeeper;
mod fingerprint;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use token::{Claims, Timestamp};

use doorkeeper::Doorkeeper;
use fingerprint::Fingerprints;

pub(crate) use fingerprint::Fingerprint;

/// Thousands of tokens in turn must not push each other out: with 5,000 there are 2.4 of them to
/// eight places on average, and more than eight once in a thousand.
const SETS: usize = 2048;
const PLACES: usize = 8;

/// A token found good.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) claims: Arc<Claims>,
    /// Which of the verifier's issuers it is from.
    pub(crate) issuer: usize,
    /// Of the key set it was verified with.
    pub(crate) generation: u64,
    pub(crate) verified_at: Timestamp,
    /// Its `exp`, at hand without a look at the claims: those of thousands of tokens are in memory
    /// that no processor's cache holds.
    pub(crate) expires_at: Timestamp,
}

/// The verdicts at hand.
pub(crate) struct Verdicts {
    fingerprints: Fingerprints,
    places: Box<[Place]>,
    doorkeeper: Doorkeeper,
}

type Place = ArcSwapOption<(Fingerprint, Verdict)>;

impl Verdict {
    /// Whether the claims' times still hold without another look at them. In the leeway after
    /// `exp`, and when the clock was set back, the token is verified anew.
    pub(crate) fn holds_at(&self, now: Timestamp) -> bool {
        self.verified_at <= now && now < self.expires_at
    }
}

impl Verdicts {
    pub(crate) fn new() -> Self {
        Self {
            fingerprints: Fingerprints::new(),
            places: (0..SETS * PLACES).map(|_| Place::empty()).collect(),
            doorkeeper: Doorkeeper::new(),
        }
    }

    /// What the token is remembered by.
    pub(crate) fn fingerprint(&self, token: &[u8]) -> Option<Fingerprint> {
        self.fingerprints.of(token)
    }

    pub(crate) fn get(&self, token: &Fingerprint) -> Option<Verdict> {
        self.places(token).find_map(|place| {
            let held = place.load();
            let (fingerprint, verdict) = held.as_deref()?;
            (fingerprint == token).then(|| verdict.clone())
        })
    }

    /// Remembers the verdict if its token has been here before.
    pub(crate) fn offer(&self, token: Fingerprint, verdict: &Verdict) {
        if self.doorkeeper.knows(&token) {
            self.insert(token, verdict.clone());
        }
    }

    fn insert(&self, token: Fingerprint, verdict: Verdict) {
        let is_free = |place: &&Place| match place.load().as_deref() {
            None => true,
            Some((fingerprint, _)) => *fingerprint == token,
        };
        let free = self.places(&token).find(is_free);
        if let Some(place) = free.or_else(|| self.places(&token).next()) {
            place.store(Some(Arc::new((token, verdict))));
        }
    }

    /// The places of a token's set in the order of its own preference, so that most tokens are
    /// found at the first look.
    fn places(&self, token: &Fingerprint) -> impl Iterator<Item = &Place> {
        let (set, preferred) = (token.part(0) % SETS, token.part(3));
        let set = &self.places[set * PLACES..][..PLACES];
        (0..PLACES).map(move |next| &set[preferred.wrapping_add(next) % PLACES])
    }
}

#[cfg(test)]
mod tests;

//! Tokens that have been verified, so that the next request with the same one costs a hash.
//!
//! A table of fixed size, without locks and without upkeep: a token has a few places, found by its
//! digest, and takes that of another when they are full. Whatever is forgotten is verified anew.
//! A token is remembered from its second visit on, so that those that come once cost nothing more.

mod doorkeeper;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use aws_lc_rs::digest::{SHA256, digest};
use token::{Claims, Timestamp};

use doorkeeper::Doorkeeper;

/// Thousands of tokens in turn must not push each other out: with 5,000 there are 2.4 of them to
/// eight places on average, and more than eight once in a thousand.
const SETS: usize = 2048;
const PLACES: usize = 8;

/// SHA-256 of a whole token, signature included: no two tokens share one, and what is kept in
/// memory is good for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenDigest([u8; 32]);

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
    places: Box<[Place]>,
    doorkeeper: Doorkeeper,
}

type Place = ArcSwapOption<(TokenDigest, Verdict)>;

impl TokenDigest {
    pub(crate) fn of(token: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, token).as_ref());
        Self(bytes)
    }

    fn set(&self) -> usize {
        usize::from(u16::from_le_bytes([self.0[0], self.0[1]])) % SETS
    }

    /// 32 of its bits: the `number`th of eight parts.
    fn part(&self, number: usize) -> usize {
        let bytes = self.0.as_chunks::<4>().0[number];
        u32::from_le_bytes(bytes) as usize
    }

    /// The places of its set in the order of its own preference, so that most tokens are found at
    /// the first look. As good as chance: whoever brings tokens does not choose their digests.
    fn preferred(&self) -> impl Iterator<Item = usize> {
        let first = usize::from(self.0[2]);
        (0..PLACES).map(move |next| (first + next) % PLACES)
    }
}

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
            places: (0..SETS * PLACES).map(|_| Place::empty()).collect(),
            doorkeeper: Doorkeeper::new(),
        }
    }

    pub(crate) fn get(&self, token: &TokenDigest) -> Option<Verdict> {
        self.places(token).find_map(|place| {
            let held = place.load();
            let (digest, verdict) = held.as_deref()?;
            (digest == token).then(|| verdict.clone())
        })
    }

    /// Remembers the verdict if its token has been here before.
    pub(crate) fn offer(&self, token: TokenDigest, verdict: &Verdict) {
        if self.doorkeeper.knows(&token) {
            self.insert(token, verdict.clone());
        }
    }

    fn insert(&self, token: TokenDigest, verdict: Verdict) {
        let is_free = |place: &&Place| match place.load().as_deref() {
            None => true,
            Some((digest, _)) => *digest == token,
        };
        let free = self.places(&token).find(is_free);
        if let Some(place) = free.or_else(|| self.places(&token).next()) {
            place.store(Some(Arc::new((token, verdict))));
        }
    }

    fn places(&self, token: &TokenDigest) -> impl Iterator<Item = &Place> {
        let first = token.set() * PLACES;
        let set = &self.places[first..first + PLACES];
        token.preferred().map(|place| &set[place])
    }
}

#[cfg(test)]
mod tests;

//! Who was here before: a token that is shown once and never again takes no place from those
//! that are, and none of the memory that a verdict is kept in.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::TokenDigest;

/// 16 KiB, which stay in a processor's own cache.
const WORDS: usize = 2048;

/// One stranger in so many makes the doorkeeper forget everybody: by then few are mistaken for
/// somebody who was here before.
const STRANGERS: usize = 8192;

/// A Bloom filter that forgets now and then. Digests are as good as chance, and so say by
/// themselves where they are noted and when all is forgotten.
pub(super) struct Doorkeeper(Box<[AtomicU64]>);

impl Doorkeeper {
    pub(super) fn new() -> Self {
        Self((0..WORDS).map(|_| AtomicU64::new(0)).collect())
    }

    /// Whether the token was here before, as far as can be told; from now on it was.
    pub(super) fn knows(&self, token: &TokenDigest) -> bool {
        let places = [1, 2].map(|number| token.part(number));
        let known = places.iter().all(|&place| self.has(place));
        if !known && token.part(3).is_multiple_of(STRANGERS) {
            self.forget();
        }
        // After the forgetting: otherwise the token that causes it would never become known.
        for place in places {
            self.note(place);
        }
        known
    }

    fn forget(&self) {
        for word in &self.0 {
            word.store(0, Relaxed);
        }
    }

    fn has(&self, place: usize) -> bool {
        self.0[place / 64 % WORDS].load(Relaxed) & bit(place) != 0
    }

    fn note(&self, place: usize) {
        self.0[place / 64 % WORDS].fetch_or(bit(place), Relaxed);
    }
}

const fn bit(place: usize) -> u64 {
    1 << (place % 64)
}

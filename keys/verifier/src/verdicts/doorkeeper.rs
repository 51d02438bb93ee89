//! Who was here before: a token that is shown once and never again takes no place from those
//! that are, and none of the memory that a verdict is kept in.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::{Fingerprint, PLACES, SETS};

/// So many strangers in a row are told apart; the next one makes the doorkeeper forget them. As
/// many tokens in turn as there are places for are so known when they come again.
const STRANGERS: usize = SETS * PLACES;

/// 32 KiB, which stay in a processor's own cache. With all strangers noted, one new one in
/// seventy is mistaken for somebody who was here before, and is kept one visit too early.
const WORDS: usize = STRANGERS / 4;

/// A Bloom filter that forgets now and then. Fingerprints are as good as chance, and so say
/// by themselves where they are noted.
pub(super) struct Doorkeeper {
    words: Box<[AtomicU64]>,
    strangers: AtomicUsize,
}

impl Doorkeeper {
    pub(super) fn new() -> Self {
        Self {
            words: (0..WORDS).map(|_| AtomicU64::new(0)).collect(),
            strangers: AtomicUsize::new(0),
        }
    }

    /// Whether the token was here before, as far as can be told; from now on it was.
    pub(super) fn knows(&self, token: &Fingerprint) -> bool {
        let places = [1, 2].map(|number| token.part(number));
        if places.iter().all(|&place| self.has(place)) {
            return true;
        }
        // Only one thread sees the number reached.
        if self.strangers.fetch_add(1, Relaxed) == STRANGERS {
            self.forget();
        }
        for place in places {
            self.note(place);
        }
        false
    }

    fn has(&self, place: usize) -> bool {
        self.words[place / 64 % WORDS].load(Relaxed) & bit(place) != 0
    }

    fn note(&self, place: usize) {
        self.words[place / 64 % WORDS].fetch_or(bit(place), Relaxed);
    }

    fn forget(&self) {
        for word in &self.words {
            word.store(0, Relaxed);
        }
        self.strangers.store(0, Relaxed);
    }
}

const fn bit(place: usize) -> u64 {
    1 << (place % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(count: usize) -> Vec<Fingerprint> {
        (0..count).map(|_| Fingerprint(rand::random())).collect()
    }

    fn strangers(doorkeeper: &Doorkeeper, tokens: &[Fingerprint]) -> usize {
        let strangers = tokens.iter().filter(|token| !doorkeeper.knows(token));
        strangers.count()
    }

    #[test]
    fn tokens_in_turn_are_known_soon_wherever_the_forgetting_falls() {
        for count in [2, 5_000, STRANGERS - 400] {
            let tokens = any(count);
            for before in (0..=STRANGERS).step_by(STRANGERS / 8) {
                let doorkeeper = Doorkeeper::new();
                strangers(&doorkeeper, &any(before));
                let [_, _, third] = [1, 2, 3].map(|_| strangers(&doorkeeper, &tokens));
                assert_eq!(third, 0, "{count} tokens after {before}");
            }
        }
    }

    #[test]
    fn of_those_who_come_once_few_are_taken_for_others() {
        let doorkeeper = Doorkeeper::new();
        let tokens = any(100_000);
        let mistaken = tokens.len() - strangers(&doorkeeper, &tokens);
        assert!(mistaken < 1_000, "{mistaken}");
    }
}

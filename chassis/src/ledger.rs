//! Who holds how many bytes, in the order in which they last moved, with a ceiling for the sum.

use std::collections::BTreeMap;

/// An entry goes by a number until it moves, which is to leave and to enter again.
pub(crate) struct Ledger<T> {
    ceiling: usize,
    bytes: usize,
    entered: u64,
    /// In the order in which they entered.
    entries: BTreeMap<u64, (usize, T)>,
}

impl<T> Ledger<T> {
    pub(crate) const fn new(ceiling: usize) -> Self {
        Self {
            ceiling,
            bytes: 0,
            entered: 0,
            entries: BTreeMap::new(),
        }
    }

    pub(crate) fn enter(&mut self, bytes: usize, holder: T) -> u64 {
        let number = self.entered;
        self.entered += 1;
        self.bytes += bytes;
        self.entries.insert(number, (bytes, holder));
        number
    }

    /// `None` when it had to go before.
    pub(crate) fn leave(&mut self, number: u64) -> Option<(usize, T)> {
        let entry = self.entries.remove(&number)?;
        self.bytes -= entry.0;
        Some(entry)
    }

    /// Takes out the one that has not moved for the longest, while there is more than the ceiling.
    pub(crate) fn next_to_go(&mut self) -> Option<T> {
        if self.bytes <= self.ceiling {
            return None;
        }
        let (bytes, holder) = self.entries.pop_first()?.1;
        self.bytes -= bytes;
        Some(holder)
    }

    #[cfg(test)]
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_has_not_moved_for_the_longest_goes_first() {
        let mut ledger = Ledger::new(30);
        let first = ledger.enter(10, "moves");
        ledger.enter(10, "stays");
        let (bytes, holder) = ledger.leave(first).unwrap();
        ledger.enter(bytes, holder);
        assert_eq!(ledger.next_to_go(), None);
        ledger.enter(15, "new");
        assert_eq!(ledger.next_to_go(), Some("stays"));
        assert_eq!((ledger.next_to_go(), ledger.bytes()), (None, 25));
    }

    #[test]
    fn who_had_to_go_holds_nothing() {
        let mut ledger = Ledger::new(30);
        let too_large = ledger.enter(31, ());
        assert_eq!(ledger.next_to_go(), Some(()));
        assert_eq!((ledger.leave(too_large), ledger.bytes()), (None, 0));
    }
}

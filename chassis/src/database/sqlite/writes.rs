//! How often this process has written to a database, and whether it is writing now.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted once when a transaction begins and once when it is over.
#[derive(Default)]
pub(super) struct Writes(AtomicU64);

/// The count at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count(u64);

/// A transaction of the writer, over when dropped.
pub(super) struct Writing<'a>(&'a Writes);

impl Writes {
    /// Only one thread writes, so only one transaction is open.
    pub(super) fn begin(&self) -> Writing<'_> {
        self.0.fetch_add(1, Ordering::AcqRel);
        Writing(self)
    }

    pub(super) fn count(&self) -> Count {
        Count(self.0.load(Ordering::Acquire))
    }
}

impl Count {
    pub(super) fn nobody_writes(self) -> bool {
        self.0.is_multiple_of(2)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::AcqRel);
    }
}

//! Makes the ids of new posts: UUIDs version 7 that never go back.
use std::sync::{Mutex, PoisonError};

use token::Timestamp;
use uuid::timestamp::context::ContextV7;
use uuid::{Timestamp as UuidTimestamp, Uuid};

use super::PostId;

/// A source of ids, each above the one before, within a millisecond and over a clock set back.
///
/// Called only where writes are in line, so that a list never gains a post in the middle.
#[derive(Debug)]
pub(crate) struct Ids(Mutex<ContextV7>);

impl Default for Ids {
    fn default() -> Self {
        Self(Mutex::new(ContextV7::new()))
    }
}

impl Ids {
    /// The next id, made at `now`.
    pub(crate) fn next(&self, now: Timestamp) -> PostId {
        let millis = u64::try_from(now.unix_millis()).unwrap_or(0);
        let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
        // The counter is whole after every call, so a poisoned lock guards a sound one.
        let context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(UuidTimestamp::from_unix(&*context, millis / 1000, nanos)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_only_go_up_even_when_the_clock_goes_back() {
        let ids = Ids::default();
        let mut last = PostId::FIRST;
        for millis in [5_000, 5_000, 5_000, 5_001, 4_000, 4_000, 5_001, 9_999] {
            let next = ids.next(Timestamp::from_unix_millis(millis));
            assert!(next > last, "{next} after {last} at {millis}");
            last = next;
        }
        assert!(last < PostId::LAST);
    }

    #[test]
    fn an_id_tells_the_time_it_was_made() {
        let id = Ids::default().next(Timestamp::from_unix_millis(1_700_000_000_123));
        assert!(id.to_string().starts_with("018bcfe5-687b-7"), "{id}");
    }
}

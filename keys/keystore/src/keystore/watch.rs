//! Notices when the wall clock is set: it then moves otherwise than the monotonic one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use token::{Clock, Timestamp};

use crate::lifecycle::Moment;

/// A clock that is slewed gains less than this between two looks.
const TOLERANCE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Watch(Mutex<Option<Look>>);

#[derive(Clone, Copy)]
struct Look {
    wall: Timestamp,
    monotonic: Duration,
}

impl Watch {
    /// Now, and where the clock was set forward from since the last look, if it was.
    pub(super) fn look(&self, clock: &dyn Clock) -> Moment {
        let look = Look {
            wall: clock.now(),
            monotonic: clock.monotonic(),
        };
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let expected = last
            .replace(look)
            .map(|last| last.wall + look.monotonic.saturating_sub(last.monotonic));
        let stepped_from = expected.filter(|expected| look.wall > *expected + TOLERANCE);
        Moment {
            now: look.wall,
            stepped_from,
        }
    }
}

//! A count of requests in progress with a ceiling.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use metrics::Gauge;

use crate::metrics::IN_FLIGHT;

pub(super) struct InFlight {
    count: AtomicUsize,
    ceiling: usize,
    gauge: Gauge,
}

/// One request's place, given back when dropped.
pub(super) struct Place<'a>(&'a InFlight);

impl InFlight {
    pub(super) fn new(ceiling: usize) -> Self {
        Self {
            count: AtomicUsize::new(0),
            ceiling,
            gauge: metrics::gauge!(IN_FLIGHT),
        }
    }

    /// `None` when all places are taken.
    pub(super) fn enter(&self) -> Option<Place<'_>> {
        let place = Place(self);
        self.gauge.increment(1);
        let before = self.count.fetch_add(1, Relaxed);
        (before < self.ceiling).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.gauge.decrement(1);
        self.0.count.fetch_sub(1, Relaxed);
    }
}

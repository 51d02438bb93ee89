//! How many requests the service works on, with a ceiling.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use metrics::Gauge;

use crate::metrics::{ARRIVING, IN_FLIGHT};

pub(super) struct InFlight {
    count: AtomicUsize,
    ceiling: usize,
    gauge: Gauge,
    /// Those who have lent their place because they wait for the client.
    pub(super) arriving: Gauge,
}

impl InFlight {
    pub(super) fn new(ceiling: usize) -> Self {
        Self {
            count: AtomicUsize::new(0),
            ceiling,
            gauge: metrics::gauge!(IN_FLIGHT),
            arriving: metrics::gauge!(ARRIVING),
        }
    }

    /// Takes a place until it is dropped; `None` when all are taken.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Place> {
        self.take().then(|| Place(Arc::clone(self)))
    }

    /// Whether there was a place. Whoever took it gives it back.
    pub(super) fn take(&self) -> bool {
        let has_place = self.count.fetch_add(1, Relaxed) < self.ceiling;
        if has_place {
            self.gauge.increment(1);
        } else {
            self.count.fetch_sub(1, Relaxed);
        }
        has_place
    }

    pub(super) fn give_back(&self) {
        self.gauge.decrement(1);
        self.count.fetch_sub(1, Relaxed);
    }
}

/// The place of a request without a body, or none that anybody awaits.
pub(super) struct Place(Arc<InFlight>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

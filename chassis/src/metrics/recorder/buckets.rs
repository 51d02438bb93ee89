//! A histogram.

use std::sync::atomic::Ordering;

use metrics::atomics::AtomicU64;
use metrics::{GaugeFn, HistogramFn};

/// From a key set answered from memory to a login that waits for its hash.
const BOUNDS: [f64; 12] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0,
];

/// How many values lay within each bound, and what all came to.
#[derive(Default)]
pub(super) struct Buckets {
    /// The last is for what is beyond all bounds.
    counts: [AtomicU64; BOUNDS.len() + 1],
    /// The bits of a float.
    sum: AtomicU64,
}

/// A histogram as it was at one time.
pub(super) struct Snapshot {
    /// Each bound with the number of values up to it.
    pub(super) up_to: [(f64, u64); BOUNDS.len()],
    pub(super) count: u64,
    pub(super) sum: f64,
}

impl HistogramFn for Buckets {
    fn record(&self, value: f64) {
        let bucket = BOUNDS.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        GaugeFn::increment(&self.sum, value);
    }
}

impl Buckets {
    pub(super) fn snapshot(&self) -> Snapshot {
        let mut count = 0;
        let mut counted = self.counts.iter().map(|bucket| {
            count += bucket.load(Ordering::Relaxed);
            count
        });
        let up_to = BOUNDS.map(|bound| (bound, counted.next().unwrap_or_default()));
        Snapshot {
            up_to,
            count: counted.last().unwrap_or_default(),
            sum: f64::from_bits(self.sum.load(Ordering::Relaxed)),
        }
    }
}

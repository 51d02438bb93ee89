//! How many conversations hold their buffers, and for how long a quiet one may.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// Whoever sends a request every second is never put to sleep while it is not crowded.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

const SHORTEST: Duration = Duration::from_millis(10);

/// So many may be quiet for all of the time and keep their buffers, some 5 MiB.
const UNCROWDED: u32 = 256;

/// Counts the connections that are not asleep.
pub(super) struct Awake {
    count: AtomicUsize,
    patience: Duration,
}

/// One of them, until it is dropped.
pub(super) struct Wakefulness<'a>(&'a Awake);

impl Awake {
    pub(super) const fn new(patience: Duration) -> Self {
        Self {
            count: AtomicUsize::new(0),
            patience,
        }
    }

    pub(super) fn enter(&self) -> Wakefulness<'_> {
        self.count.fetch_add(1, Relaxed);
        Wakefulness(self)
    }

    /// How long a connection may be quiet and stay awake.
    ///
    /// It shrinks with the square of the crowd. So the buffers of a flood that sends one request
    /// each do not add up: of 10,000 new connections in a second, fewer than 900 are awake at once.
    pub(super) fn patience(&self) -> Duration {
        let crowd = f64::from(self.count()) / f64::from(UNCROWDED);
        if crowd <= 1.0 {
            return self.patience;
        }
        self.patience.div_f64(crowd * crowd).max(SHORTEST)
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.count.load(Relaxed)).unwrap_or(u32::MAX)
    }
}

impl Drop for Wakefulness<'_> {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_put_to_sleep_sooner() {
        let awake = Awake::new(PATIENCE);
        let mut crowd = Vec::new();
        for (count, milliseconds) in [(0, 1000), (256, 1000), (512, 250), (1024, 62), (9999, 10)] {
            crowd.resize_with(count, || awake.enter());
            assert_eq!(awake.patience().as_millis(), milliseconds, "{count}");
        }
        drop(crowd);
        assert_eq!(awake.count(), 0);
    }
}

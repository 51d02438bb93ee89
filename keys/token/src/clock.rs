//! Time as it is handed in: a wall clock for claims, a monotonic one for ages.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::Timestamp;

/// Where now comes from. Nothing in the workspace reads the time but through this.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock: what claims are compared with. It may step in either direction.
    fn now(&self) -> Timestamp;

    /// Time since an arbitrary origin. It never steps back, and counts suspended time where the
    /// system offers such a clock.
    fn monotonic(&self) -> Duration;
}

/// The clocks of the operating system: the only reader of real time in the workspace.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = clock_gettime(ClockId::Realtime);
        Timestamp::from_unix_seconds(now.tv_sec) + since_origin(Timespec { tv_sec: 0, ..now })
    }

    fn monotonic(&self) -> Duration {
        since_origin(clock_gettime(STEADY))
    }
}

/// Linux's `CLOCK_MONOTONIC` stops while the machine sleeps; a key set held through a night of
/// suspend must be a night older.
#[cfg(any(target_os = "linux", target_os = "android"))]
const STEADY: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const STEADY: ClockId = ClockId::Monotonic;

fn since_origin(time: Timespec) -> Duration {
    Duration::try_from(time).unwrap_or_default()
}

/// A clock that tests move by hand. Clones share one time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    /// What the wall clock showed when the monotonic one was at zero, going by its last setting.
    origin: Timestamp,
    elapsed: Duration,
}

impl ManualClock {
    /// A clock that stands at `now` until it is moved.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Hands {
            origin: now,
            elapsed: Duration::ZERO,
        })))
    }

    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        self.hands(|hands| hands.elapsed = hands.elapsed.saturating_add(by));
    }

    /// Sets the wall clock alone, as an operator or NTP would.
    pub fn set_wall(&self, now: Timestamp) {
        self.hands(|hands| hands.origin = now - hands.elapsed);
    }

    fn hands<T>(&self, with: impl FnOnce(&mut Hands) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.hands(|hands| hands.origin + hands.elapsed)
    }

    fn monotonic(&self) -> Duration {
        self.hands(|hands| hands.elapsed)
    }
}

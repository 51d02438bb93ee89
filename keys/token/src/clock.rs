//! Time as it is handed in: a wall clock for claims, a monotonic one for ages.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};
use serde::{Deserialize, Serialize};

/// Where now comes from. Nothing in the workspace reads the time but through this.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock: what claims are compared with. It may step in either direction.
    fn now(&self) -> Timestamp;

    /// Time since an arbitrary origin. It never steps back, and counts suspended time where the
    /// system offers such a clock.
    fn monotonic(&self) -> Duration;
}

/// A moment, in whole milliseconds since the Unix epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A moment by its seconds since the Unix epoch; saturates at the ends of the range.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// A moment by its milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.0
    }

    /// The time from `earlier` to this moment; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let millis = i128::from(self.0) - i128::from(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.unix_seconds(), self.0.rem_euclid(1000))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Saturates at the end of the range.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    /// Saturates at the start of the range.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(duration)))
    }
}

fn whole_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
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

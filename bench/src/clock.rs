//! The clocks of a measurement: wall time that never steps, and CPU time of this thread.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Time since an arbitrary origin.
pub(crate) fn now() -> Duration {
    read(ClockId::Monotonic)
}

/// Time since an earlier [`now`].
pub(crate) fn since(earlier: Duration) -> Duration {
    now().saturating_sub(earlier)
}

/// User and system time that the calling thread has used.
pub(crate) fn thread_cpu() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// Seconds since the Unix epoch, for the times in tokens.
pub(crate) fn unix_seconds() -> u64 {
    read(ClockId::Realtime).as_secs()
}

fn read(clock: ClockId) -> Duration {
    // Neither clock is ever negative.
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

//! When to fetch, as arithmetic on the monotonic clock: no I/O, no clock and no randomness of its
//! own. Scheduled refreshes and searches for unknown kids have separate budgets.

use std::time::Duration;

use crate::fetch::TOTAL_LIMIT;

/// Until a set has been had once, an issuer that starts late is found this soon.
const FIRST_INTERVAL: Duration = Duration::from_secs(5);

const FIRST_BACK_OFF: Duration = Duration::from_millis(500);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);

/// A refresh comes at this share of the interval at the earliest, and up to [`JITTER`] later.
const AHEAD: f64 = 0.75;
const JITTER: f64 = 0.15;

/// The state of both budgets.
#[derive(Debug)]
pub(crate) struct Cadence {
    max_stale: Duration,
    min_refetch: Duration,
    interval: Duration,
    is_refreshing: bool,
    failures: u32,
    due: Duration,
    unknown_from: Duration,
}

impl Cadence {
    /// Both budgets are open at once.
    pub(crate) fn new(max_stale: Duration, min_refetch: Duration) -> Self {
        Self {
            max_stale,
            min_refetch,
            interval: FIRST_INTERVAL,
            is_refreshing: false,
            failures: 0,
            due: Duration::ZERO,
            unknown_from: Duration::ZERO,
        }
    }

    /// When the next scheduled refresh may begin.
    pub(crate) fn due(&self) -> Duration {
        self.due
    }

    /// A scheduled refresh begins. The next is not due before this one must be over; its end sets
    /// the time anew.
    pub(crate) fn refresh_begins(&mut self, now: Duration) {
        self.is_refreshing = true;
        self.due = now.saturating_add(2 * TOTAL_LIMIT);
    }

    /// The attempt that was under way will never end: a refresh among them has failed.
    pub(crate) fn attempt_lost(&mut self, now: Duration, jitter: f64) {
        if self.is_refreshing {
            self.refresh_failed(now, jitter);
        }
    }

    /// Takes the budget for one search for an unknown kid. Attempts are apart from start to start,
    /// however they end.
    pub(crate) fn search_begins(&mut self, now: Duration) -> bool {
        let open = now >= self.unknown_from;
        if open {
            self.unknown_from = now.saturating_add(self.min_refetch);
        }
        open
    }

    /// The issuer has confirmed its set, as it was when it was `asked`, for an interval, whichever
    /// budget paid for it. `jitter` is from 0 to 1.
    pub(crate) fn succeeded(&mut self, asked: Duration, interval: Duration, jitter: f64) {
        self.interval = interval.min(self.max_stale);
        self.is_refreshing = false;
        self.failures = 0;
        self.due = asked + self.interval.mul_f64(AHEAD + JITTER * jitter);
    }

    /// A scheduled refresh has failed: back off, but never past the usual interval, so that
    /// recovery takes no longer than a refresh. `jitter` is from 0 to 1.
    pub(crate) fn refresh_failed(&mut self, now: Duration, jitter: f64) {
        let doubled = FIRST_BACK_OFF.saturating_mul(1 << self.failures.min(16));
        let back_off = doubled.min(LONGEST_BACK_OFF).min(self.interval);
        self.failures = self.failures.saturating_add(1);
        self.is_refreshing = false;
        self.due = now + back_off.mul_f64(1.0 - JITTER * jitter);
    }
}

#[cfg(test)]
mod tests;

//! How failed logins slow the next ones down: by name and by address, counted before hashing. The
//! secrets of programs and new accounts are counted in the same way.

mod in_flight;
mod subject;

pub use in_flight::{Attempt, InFlight};
pub use subject::Subject;

use std::num::NonZero;
use std::time::Duration;

use token::Timestamp;

/// The longest that one more failure makes a name wait.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// The time over which an address's failures are counted.
const ADDRESS_WINDOW: Duration = Duration::from_mins(1);
/// A count that nobody added to for this long is forgotten.
pub const FORGET_AFTER: Duration = Duration::from_hours(24);
/// The most counts that are kept; beyond it those that were written longest ago are forgotten.
pub const MAX_COUNTS: i64 = 100_000;

/// How many failures are free.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one name or one program, in a row.
    pub name: NonZero<u32>,
    /// For one address, in a minute; of new accounts, all count.
    pub address: NonZero<u32>,
}

/// The failures counted under one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many, attempts still under way included.
    pub failures: u32,
    /// The last failure of a name or program; the first one of an address's minute.
    pub since: Timestamp,
}

/// When the next attempt is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Now.
    Open,
    /// From this moment.
    ClosedUntil(Timestamp),
}

impl Gate {
    /// Of two gates that both have to be passed, the one that opens later.
    #[must_use]
    pub fn later(self, other: Self) -> Self {
        match (self, other) {
            (Self::ClosedUntil(one), Self::ClosedUntil(two)) => Self::ClosedUntil(one.max(two)),
            (Self::Open, gate) | (gate, Self::Open) => gate,
        }
    }
}

impl Limits {
    /// Whether `subject`, with these failures, may try at `now`.
    #[must_use]
    pub fn gate(&self, subject: &Subject, count: Option<Count>, now: Timestamp) -> Gate {
        let Some(count) = count else {
            return Gate::Open;
        };
        let (free, wait) = match subject {
            Subject::Name(_) | Subject::Client(_) => {
                (self.name, wait_after(count.failures, self.name))
            }
            Subject::Address(_) | Subject::Registrant(_) => (self.address, ADDRESS_WINDOW),
        };
        // Without a wait the time of the last failure says nothing; another process, whose clock
        // is ahead, may have written it.
        if count.failures < free.get() {
            return Gate::Open;
        }
        let opens = count.since + wait;
        if now >= opens {
            Gate::Open
        } else {
            Gate::ClosedUntil(opens)
        }
    }

    /// The count with one more attempt.
    #[must_use]
    pub fn with_attempt(&self, subject: &Subject, count: Option<Count>, now: Timestamp) -> Count {
        let first = Count {
            failures: 1,
            since: now,
        };
        let Some(count) = count.filter(|count| now.since(count.since) < FORGET_AFTER) else {
            return first;
        };
        let failures = count.failures.saturating_add(1);
        match subject {
            Subject::Name(_) | Subject::Client(_) => Count {
                failures,
                since: now,
            },
            Subject::Address(_) | Subject::Registrant(_)
                if now.since(count.since) < ADDRESS_WINDOW =>
            {
                Count { failures, ..count }
            }
            Subject::Address(_) | Subject::Registrant(_) => first,
        }
    }
}

/// None while failures are free, then 1 s, doubled by every further failure.
fn wait_after(failures: u32, free: NonZero<u32>) -> Duration {
    match failures.checked_sub(free.get()) {
        None => Duration::ZERO,
        Some(doublings) => 1_u64
            .checked_shl(doublings)
            .filter(|_| doublings < u64::BITS - 1)
            .map_or(LONGEST_WAIT, Duration::from_secs)
            .min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_000_000);

    fn limits() -> Limits {
        Limits {
            name: NonZero::new(5).unwrap(),
            address: NonZero::new(30).unwrap(),
        }
    }

    #[test]
    fn free_failures_counted_by_a_clock_that_is_ahead_close_nothing() {
        let subject = Subject::name(&crate::user::GivenName::new("jack"));
        let ahead = NOW + Duration::from_secs(2);
        let count = |failures| {
            Some(Count {
                failures,
                since: ahead,
            })
        };
        assert_eq!(limits().gate(&subject, count(4), NOW), Gate::Open);
        assert_ne!(limits().gate(&subject, count(5), NOW), Gate::Open);
    }

    #[test]
    fn five_failures_are_free_then_the_wait_doubles_to_fifteen_minutes() {
        let subject = Subject::name(&crate::user::GivenName::new("jack"));
        let mut now = NOW;
        let mut count = None;
        let mut waits = Vec::new();
        for _ in 0..18 {
            count = Some(limits().with_attempt(&subject, count, now));
            let wait = match limits().gate(&subject, count, now) {
                Gate::Open => 0,
                Gate::ClosedUntil(opens) => {
                    let wait = opens.since(now);
                    now = opens;
                    wait.as_secs()
                }
            };
            waits.push(wait);
        }
        let expected = [
            0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900,
        ];
        assert_eq!(waits, expected);
    }

    #[test]
    fn the_wait_never_overflows() {
        for failures in [5, 68, 69, 70, u32::MAX] {
            assert!(wait_after(failures, NonZero::new(5).unwrap()) <= LONGEST_WAIT);
        }
        assert_eq!(wait_after(u32::MAX, NonZero::<u32>::MIN), LONGEST_WAIT);
    }

    #[test]
    fn an_address_has_thirty_failures_in_the_minute_from_its_first() {
        let address: std::net::IpAddr = "192.0.2.7".parse().unwrap();
        let subject = Subject::address(address.into());
        let mut count = None;
        for _ in 0..30 {
            assert_eq!(limits().gate(&subject, count, NOW), Gate::Open);
            count = Some(limits().with_attempt(&subject, count, NOW));
        }
        let opens = NOW + ADDRESS_WINDOW;
        assert_eq!(
            limits().gate(&subject, count, NOW),
            Gate::ClosedUntil(opens)
        );
        assert_eq!(limits().gate(&subject, count, opens), Gate::Open);
        let fresh = Count {
            failures: 1,
            since: opens,
        };
        assert_eq!(limits().with_attempt(&subject, count, opens), fresh);
    }

    #[test]
    fn a_name_that_was_left_alone_for_a_day_starts_anew() {
        let subject = Subject::name(&crate::user::GivenName::new("jack"));
        let old = Some(Count {
            failures: 17,
            since: NOW,
        });
        let later = NOW + FORGET_AFTER;
        assert_eq!(limits().with_attempt(&subject, old, later).failures, 1);
    }
}

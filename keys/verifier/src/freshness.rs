//! How old an answer is and how long it may be used (RFC 9111 §4.2).

use std::time::Duration;

const SHORTEST_MAX_AGE: Duration = Duration::from_secs(1);
const LONGEST_MAX_AGE: Duration = Duration::from_hours(1);

/// For issuers that say nothing of `max-age`.
const DEFAULT_MAX_AGE: Duration = Duration::from_mins(1);

/// How far one replica of an issuer may be behind another before any cache stores what it serves.
const REPLICA_LAG: Duration = Duration::from_secs(30);

/// What an answer says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Freshness {
    pub(crate) max_age: Option<Duration>,
    /// How long it has been in caches on the way; a cache has to say so (RFC 9111 §5.1).
    pub(crate) age: Duration,
}

impl Freshness {
    /// For how long the set may be taken as fresh, within what we refresh at.
    pub(crate) fn interval(self) -> Duration {
        let left = self.max_age.map(|max_age| max_age.saturating_sub(self.age));
        clamped(left)
    }

    /// How far behind the issuer the answer may be: a cache that says nothing of its age keeps to
    /// `max-age`, and one that serves stale answers, as `stale-if-error` allows, says their age.
    pub(crate) fn furthest_behind(self) -> Duration {
        clamped(self.max_age)
            .max(self.age)
            .saturating_add(REPLICA_LAG)
    }
}

fn clamped(max_age: Option<Duration>) -> Duration {
    max_age
        .unwrap_or(DEFAULT_MAX_AGE)
        .clamp(SHORTEST_MAX_AGE, LONGEST_MAX_AGE)
}

#[cfg(test)]
mod tests;

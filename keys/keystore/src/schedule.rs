//! The durations of a key's life and the inequalities between them. A [`Schedule`] that would
//! break a promise cannot be constructed.

use std::time::Duration;

/// How long a running `auth` may take to follow a change made by another process.
pub const FOLLOW_WITHIN: Duration = Duration::from_secs(2);

const SECOND: u64 = 1;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// No duration of a schedule is longer, so that no time of a ring can overflow.
const LONGEST: Duration = Duration::from_secs(3650 * DAY);

/// Stale answers are not offered for longer than verifiers keep them by default.
const LONGEST_STALE: Duration = Duration::from_secs(HOUR);

/// The durations as an operator gives them, not yet known to go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleSettings {
    /// From the moment a key begins to sign to the moment its successor does; `None`: by hand.
    pub rotate_every: Option<Duration>,
    /// How long a key is published before it signs.
    pub announce_for: Duration,
    /// How long a verifier may keep an answer of the key set.
    pub jwks_max_age: Duration,
    /// How far the clocks of issuers and verifiers may be apart.
    pub leeway: Duration,
    /// How long a token lives.
    pub token_ttl: Duration,
}

impl Default for ScheduleSettings {
    fn default() -> Self {
        Self {
            rotate_every: Some(Duration::from_secs(30 * DAY)),
            announce_for: Duration::from_secs(24 * HOUR),
            jwks_max_age: Duration::from_secs(MINUTE),
            leeway: Duration::from_secs(30 * SECOND),
            token_ttl: Duration::from_secs(15 * MINUTE),
        }
    }
}

/// Durations that keep every promise of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule(ScheduleSettings);

impl Schedule {
    /// Checks the durations against each other.
    ///
    /// # Errors
    /// Every inequality that does not hold, not only the first.
    pub fn new(settings: ScheduleSettings) -> Result<Self, Vec<ScheduleProblem>> {
        let problems = problems(&settings);
        if problems.is_empty() {
            Ok(Self(settings))
        } else {
            Err(problems)
        }
    }

    /// The durations it was made of.
    #[must_use]
    pub const fn settings(&self) -> &ScheduleSettings {
        &self.0
    }

    /// The shortest time between a key's publication and its first signature: a process that
    /// followed late may have handed out an older set, which a verifier then kept for `max-age`,
    /// by a clock that is off by the leeway.
    #[must_use]
    pub fn least_wait(&self) -> Duration {
        self.0.jwks_max_age + self.0.leeway + FOLLOW_WITHIN
    }

    /// The time between a key's publication and its first signature, when nobody is in a hurry.
    #[must_use]
    pub fn announcement(&self) -> Duration {
        self.0.announce_for.max(self.least_wait())
    }

    /// How long a key is published after its last signature: until the last token it signed has
    /// expired by every clock.
    #[must_use]
    pub fn retirement(&self) -> Duration {
        self.0.token_ttl + self.0.leeway
    }

    /// The time between two keys' first signatures; `None` when keys change only by hand.
    #[must_use]
    pub const fn rotate_every(&self) -> Option<Duration> {
        self.0.rotate_every
    }

    /// The longest `max-age` of a key-set answer.
    #[must_use]
    pub const fn jwks_max_age(&self) -> Duration {
        self.0.jwks_max_age
    }

    /// How long a cache may go on with an answer past its `max-age` when the issuer is down. A
    /// key that such an answer lacks does not sign before that.
    #[must_use]
    pub fn stale_if_error(&self) -> Duration {
        self.announcement()
            .saturating_sub(self.least_wait())
            .min(LONGEST_STALE)
    }
}

fn problems(settings: &ScheduleSettings) -> Vec<ScheduleProblem> {
    let ScheduleSettings {
        rotate_every,
        announce_for,
        jwks_max_age,
        leeway,
        token_ttl,
    } = *settings;
    let given = [
        ("--rotate-every", rotate_every.unwrap_or_default()),
        ("--announce-for", announce_for),
        ("--jwks-max-age", jwks_max_age),
        ("--leeway", leeway),
        ("--token-ttl", token_ttl),
    ];
    let mut problems: Vec<_> = given
        .into_iter()
        .filter(|(_, duration)| *duration > LONGEST)
        .map(|(option, _)| ScheduleProblem::TooLong { option })
        .collect();
    if token_ttl.is_zero() {
        problems.push(ScheduleProblem::NoTokenLife);
    }
    let least = jwks_max_age.saturating_add(leeway);
    if announce_for < least {
        problems.push(ScheduleProblem::AnnouncedTooBriefly {
            announce_for,
            least,
        });
    }
    if let Some(rotate_every) = rotate_every.filter(|every| *every <= announce_for) {
        problems.push(ScheduleProblem::RotatedTooOften {
            rotate_every,
            announce_for,
        });
    }
    problems
}

/// Why durations do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleProblem {
    /// A verifier with a fresh answer could meet a token of a key it has not seen.
    #[error(
        "{} is too short: it must be at least --jwks-max-age + --leeway ({}), since a verifier may \
         keep the key set that long, and would refuse the new key's tokens",
        as_set(*announce_for),
        as_set(*least)
    )]
    AnnouncedTooBriefly {
        /// What was given.
        announce_for: Duration,
        /// What is needed.
        least: Duration,
    },
    /// The next key would have to be announced before this one signs.
    #[error(
        "{} is too short: it must be longer than --announce-for ({}), since each key is announced \
         while its predecessor signs",
        as_set(*rotate_every),
        as_set(*announce_for)
    )]
    RotatedTooOften {
        /// What was given.
        rotate_every: Duration,
        /// What it must exceed.
        announce_for: Duration,
    },
    /// A token that expires as it is issued.
    #[error("a token must live longer than nothing")]
    NoTokenLife,
    /// A duration past any use.
    #[error("it must be at most ten years")]
    TooLong {
        /// The option's name.
        option: &'static str,
    },
}

impl ScheduleProblem {
    /// The option to change first.
    #[must_use]
    pub const fn option(&self) -> &'static str {
        match self {
            Self::AnnouncedTooBriefly { .. } => "--announce-for",
            Self::RotatedTooOften { .. } => "--rotate-every",
            Self::NoTokenLife => "--token-ttl",
            Self::TooLong { option } => option,
        }
    }
}

/// A duration as an operator writes it: `24h`, `90s`, `1500ms`.
fn as_set(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    let whole = units
        .iter()
        .map(|(seconds, name)| (u128::from(*seconds) * 1000, name))
        .find(|(unit, _)| millis >= *unit && millis.is_multiple_of(*unit));
    whole.map_or_else(
        || format!("{millis}ms"),
        |(unit, name)| format!("{}{name}", millis / unit),
    )
}

#[cfg(test)]
mod tests;

//! The life of one key as a pure function of its stored times and now.

use std::time::Duration;

use token::Timestamp;

mod plan;

pub(crate) use plan::MOST_PUBLISHED;
pub use plan::{Moment, Step, next_publication, plan};

/// The times of one key, stored with it. `activates_at` of a key is `retires_at` of the one
/// before it, so that at every moment exactly one key of a ring signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// When the key was first in a set that could be served.
    pub published_at: Timestamp,
    /// When it begins to sign.
    pub activates_at: Timestamp,
    /// When it ceases to sign; `None` while it has no successor.
    pub retires_at: Option<Timestamp>,
    /// When it leaves the set; `None` while it has no successor.
    pub leaves_at: Option<Timestamp>,
    /// When it was revoked. Whatever the other times say, it is out of the set since.
    pub revoked_at: Option<Timestamp>,
}

/// What a key is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Published, not yet signing.
    Announced,
    /// Published and signing.
    Active,
    /// Published for the tokens it has signed; signs no more.
    Retired,
    /// Out of the set: every token it has signed has expired.
    Gone,
    /// Out of the set because it is not to be trusted.
    Revoked,
}

impl Life {
    /// The life of a key published now that begins to sign at `activates_at`.
    #[must_use]
    pub const fn beginning(published_at: Timestamp, activates_at: Timestamp) -> Self {
        Self {
            published_at,
            activates_at,
            retires_at: None,
            leaves_at: None,
            revoked_at: None,
        }
    }

    /// What the key is at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        if self.revoked_at.is_some() {
            return State::Revoked;
        }
        if now < self.activates_at {
            return State::Announced;
        }
        if self.retires_at.is_none_or(|retires_at| now < retires_at) {
            return State::Active;
        }
        if self.leaves_at.is_none_or(|leaves_at| now < leaves_at) {
            return State::Retired;
        }
        State::Gone
    }

    /// Whether the key is in the set at `now`.
    #[must_use]
    pub fn is_published(&self, now: Timestamp) -> bool {
        matches!(
            self.state(now),
            State::Announced | State::Active | State::Retired
        )
    }

    /// The next moment at which the state changes by time alone.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        if self.revoked_at.is_some() {
            return None;
        }
        [Some(self.activates_at), self.retires_at, self.leaves_at]
            .into_iter()
            .flatten()
            .find(|change| *change > now)
    }

    /// Hands over to a successor that begins to sign at `at`.
    pub(crate) fn hand_over(&mut self, at: Timestamp, retirement: Duration) {
        self.retires_at = Some(at);
        self.leaves_at = Some(at + retirement);
    }

    /// Takes back a handing over that has not happened yet.
    pub(crate) const fn keep_on(&mut self) {
        self.retires_at = None;
        self.leaves_at = None;
    }
}

impl State {
    /// Its name in every table, log line and JSON document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Gone => "gone",
            Self::Revoked => "revoked",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests;

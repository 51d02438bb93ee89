//! What became of a change.

use crate::session::{RefreshToken, Session};

/// What became of a new user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Added {
    /// It is stored.
    Done,
    /// Somebody has the name, or had it once.
    Taken,
}

impl Added {
    /// By how many rows an insert that yields to what is there has made.
    pub(super) fn from_rows(rows: u64) -> Self {
        if rows == 1 { Self::Done } else { Self::Taken }
    }
}

/// What became of a refresh token that was presented.
pub enum Refreshed {
    /// It was good: the login, and the token that goes on.
    Granted(Session, RefreshToken),
    /// It was replaced a moment ago: the login, and the same successor again.
    Repeated(Session, RefreshToken),
    /// It is still good: more was asked for than its login may have.
    TooMuch,
    /// It was replaced before, so the login is ended.
    Reused(Session),
    /// No login that goes on has this token.
    Unknown,
}

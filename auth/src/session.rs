//! A login that goes on: one refresh token at a time, each replaced by its successor.

mod refresh_token;

pub use refresh_token::{Digest, Handle, RefreshToken, SealedSuccessor};

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use token::{Scope, Timestamp};

use crate::service::narrow;
use crate::user::Username;

/// How long a replaced refresh token still answers with its successor, for a reply that was lost.
pub const GRACE: Duration = Duration::from_secs(10);

/// The name of a login, the `sid` of its access tokens: opaque, and of no use by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionId(String);

impl SessionId {
    /// A new one, of 128 random bits.
    #[must_use]
    pub fn generate() -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()))
    }

    /// One that a token carried or the store kept.
    #[must_use]
    pub fn from_known(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it is written in a token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How long a login lasts.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Since its last refresh.
    pub idle: Duration,
    /// Since it began.
    pub absolute: Duration,
}

/// A login as it is stored.
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// Who logged in.
    pub username: Username,
    /// Whom its access tokens are for.
    pub audience: String,
    /// What they allow.
    pub scope: Scope,
    /// When it began.
    pub created_at: Timestamp,
    /// When a refresh last went well.
    pub refreshed_at: Timestamp,
    /// From this moment it cannot be refreshed; a refresh moves it, up to the absolute limit.
    pub ends_at: Timestamp,
    /// The one refresh token that is good, by its digest.
    pub current: Digest,
    /// The token that the current one replaced.
    pub replaced: Option<Replaced>,
}

/// A refresh token that was used.
pub struct Replaced {
    /// The token, by its digest.
    pub digest: Digest,
    /// When its successor took its place.
    pub at: Timestamp,
    /// The successor, readable only with the replaced token itself.
    pub successor: SealedSuccessor,
}

/// What the presentation of a refresh token means.
#[derive(Debug, PartialEq, Eq)]
pub enum Use<'a> {
    /// It is the current one: replace it.
    Rotate,
    /// It was replaced a moment ago and its successor is still unused: answer with that.
    Repeat(&'a SealedSuccessor),
    /// It is good, and more is asked for than the login may have: nothing is used up.
    TooMuch,
    /// It was replaced before: two parties hold tokens of this login.
    Reuse,
    /// The login is over.
    Ended,
}

impl Session {
    /// Judges a token that carries this session's handle. A token from before the replaced one is
    /// not kept: it is known by being neither. So once a successor is used, what it replaced is
    /// reuse, also within the grace.
    #[must_use]
    pub fn judge(&self, presented: &Digest, asked: Option<&Scope>, now: Timestamp) -> Use<'_> {
        if now >= self.ends_at {
            return Use::Ended;
        }
        let judged = self.judge_token(presented, now);
        if judged != Use::Reuse && narrow(&self.scope, asked.cloned()).is_err() {
            return Use::TooMuch;
        }
        judged
    }

    fn judge_token(&self, presented: &Digest, now: Timestamp) -> Use<'_> {
        if self.current == *presented {
            return Use::Rotate;
        }
        match &self.replaced {
            Some(replaced) if replaced.digest == *presented && now.since(replaced.at) <= GRACE => {
                Use::Repeat(&replaced.successor)
            }
            _ => Use::Reuse,
        }
    }

    /// The end of this login after a refresh at `now`.
    #[must_use]
    pub fn end_after_refresh(&self, lifetimes: Lifetimes, now: Timestamp) -> Timestamp {
        (now + lifetimes.idle).min(self.created_at + lifetimes.absolute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_000_000);

    fn session(current: &RefreshToken, replaced: Option<(&RefreshToken, Timestamp)>) -> Session {
        Session {
            id: SessionId::generate(),
            username: "jack".parse().unwrap(),
            audience: "posts".into(),
            scope: "posts:read posts:write".parse().unwrap(),
            created_at: NOW,
            refreshed_at: NOW,
            ends_at: NOW + Duration::from_hours(1),
            current: current.digest(),
            replaced: replaced.map(|(token, at)| Replaced {
                digest: token.digest(),
                at,
                successor: token.seal(current).unwrap(),
            }),
        }
    }

    #[test]
    fn a_token_is_good_once_repeated_within_the_grace_and_reuse_after_it() {
        let first = RefreshToken::generate();
        let second = first.successor();
        let session = session(&second, Some((&first, NOW)));
        assert_eq!(session.judge(&second.digest(), None, NOW), Use::Rotate);
        let Use::Repeat(sealed) = session.judge(&first.digest(), None, NOW + GRACE) else {
            panic!("within the grace")
        };
        assert_eq!(first.open(sealed).unwrap().digest(), second.digest());
        let late = NOW + GRACE + Duration::from_millis(1);
        assert_eq!(session.judge(&first.digest(), None, late), Use::Reuse);
    }

    #[test]
    fn a_token_whose_successor_was_used_is_reuse_within_the_grace_too() {
        let first = RefreshToken::generate();
        let second = first.successor();
        let third = second.successor();
        let session = session(&third, Some((&second, NOW)));
        assert_eq!(session.judge(&first.digest(), None, NOW), Use::Reuse);
    }

    #[test]
    fn asking_for_too_much_uses_nothing_up_and_hides_no_reuse() {
        let first = RefreshToken::generate();
        let second = first.successor();
        let session = session(&second, Some((&first, NOW)));
        let judge = |token: &RefreshToken, asked: &str, now| {
            let asked: Scope = asked.parse().unwrap();
            let judged = session.judge(&token.digest(), Some(&asked), now);
            (judged == Use::TooMuch, judged == Use::Reuse)
        };
        for token in [&first, &second] {
            assert_eq!(judge(token, "posts:read", NOW), (false, false));
            assert_eq!(judge(token, "posts:read admin", NOW), (true, false));
        }
        let late = NOW + GRACE + Duration::from_millis(1);
        assert_eq!(judge(&first, "admin", late), (false, true));
    }

    #[test]
    fn a_login_that_is_over_is_over_for_every_token() {
        let token = RefreshToken::generate();
        let ended = session(&token, None);
        assert_eq!(
            ended.judge(&token.digest(), None, ended.ends_at),
            Use::Ended
        );
        let stranger = RefreshToken::generate().digest();
        assert_eq!(ended.judge(&stranger, None, ended.ends_at), Use::Ended);
    }

    #[test]
    fn refreshing_moves_the_end_but_never_past_the_absolute_limit() {
        let lifetimes = Lifetimes {
            idle: Duration::from_hours(7),
            absolute: Duration::from_hours(30),
        };
        let session = session(&RefreshToken::generate(), None);
        let hours = |hours| NOW + Duration::from_hours(hours);
        assert_eq!(session.end_after_refresh(lifetimes, hours(6)), hours(13));
        assert_eq!(session.end_after_refresh(lifetimes, hours(29)), hours(30));
    }
}

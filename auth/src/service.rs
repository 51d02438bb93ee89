//! What every call works with: the store, the hashing threads, the keys, the limits.

use std::sync::Arc;

use chassis::client_address::TrustedProxies;
use token::{Clock, Scope, Timestamp};

use crate::access_token::AccessTokens;
use crate::password::Hasher;
use crate::settings::{Issuer, LoginSettings};
use crate::store::Store;
use crate::throttle::InFlight;

/// What every user may ask for, unless it is set for them.
pub const DEFAULT_SCOPE: &str = "posts:read posts:write";

/// One issuer at work.
pub struct Service {
    /// Users, sessions, failures, clients.
    pub store: Store,
    /// Where passwords are hashed.
    pub hasher: Hasher,
    /// Signs and checks access tokens.
    pub access_tokens: AccessTokens,
    /// Where now comes from.
    pub clock: Arc<dyn Clock>,
    /// How long logins last and what guards them.
    pub logins: LoginSettings,
    /// Attempts to log in whose verdict is still to come.
    pub in_flight: InFlight,
    /// Audiences that may be asked for, the default first.
    pub audiences: Vec<String>,
    /// The name that tokens are signed in.
    pub issuer: Issuer,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: TrustedProxies,
}

/// Asked for what is not offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOffered {
    /// Another audience than those configured.
    #[error("must be one of the audiences that this service issues tokens for")]
    Audience,
    /// More than the user or client may ask for.
    #[error("must not be empty, or more than this login may ask for")]
    Scope,
}

impl Service {
    /// The time of this call.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The audience that a token shall be for.
    ///
    /// # Errors
    /// It is none of those configured.
    pub fn audience(&self, asked: Option<&str>) -> Result<&str, NotOffered> {
        let Some(asked) = asked else {
            return self
                .audiences
                .first()
                .map(String::as_str)
                .ok_or(NotOffered::Audience);
        };
        let offered = self.audiences.iter().find(|audience| *audience == asked);
        offered.map(String::as_str).ok_or(NotOffered::Audience)
    }
}

/// The scope that a token shall have: all that is allowed, or the part that was asked for.
///
/// # Errors
/// More was asked for than is allowed, or nothing.
pub fn narrow(allowed: &Scope, asked: Option<Scope>) -> Result<Scope, NotOffered> {
    let Some(asked) = asked else {
        return Ok(allowed.clone());
    };
    if !asked.is_empty() && asked.iter().all(|token| allowed.contains(token)) {
        Ok(asked)
    } else {
        Err(NotOffered::Scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_may_ask_for_less_and_never_for_more() {
        let allowed: Scope = DEFAULT_SCOPE.parse().unwrap();
        let ask = |text: &str| narrow(&allowed, Some(text.parse().unwrap()));
        assert_eq!(narrow(&allowed, None).unwrap(), allowed);
        assert_eq!(ask("posts:read").unwrap().as_str(), "posts:read");
        for more in ["posts:read admin", "posts", ""] {
            assert_eq!(ask(more), Err(NotOffered::Scope), "{more:?}");
        }
    }
}

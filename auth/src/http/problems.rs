//! What each error of the service is to a client.

use std::time::Duration;

use chassis::Problem;
use http::StatusCode;

use crate::access_token::MintError;
use crate::account::{ChangeError, RegisterError};
use crate::login::LoginError;
use crate::password::HashError;
use crate::refresh::RefreshError;
use crate::service::NotOffered;
use crate::store::StoreError;

/// When to come back after a 503: by then a full queue of hashes has been worked off.
const SOON: Duration = Duration::from_secs(1);

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Refused => refused(),
            LoginError::Throttled { retry_after } => Self::too_many_requests(retry_after)
                .detail("Too many logins failed. The header Retry-After says when to try again."),
            LoginError::NotOffered(what) => what.into(),
            LoginError::Hash(error) => error.into(),
            LoginError::Store(error) => error.into(),
            LoginError::Mint(error) => error.into(),
        }
    }
}

/// One answer for a wrong password, an unknown user and a disabled one.
fn refused() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "login-refused", "Login refused")
        .detail("The name or the password is wrong.")
        .member("auth", false)
        .member("msg", "Bad username and password")
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Refused => Self::new(
                StatusCode::UNAUTHORIZED,
                "refresh-refused",
                "Refresh refused",
            )
            .detail("The refresh token is not valid, or no longer. Log in again."),
            RefreshError::NotOffered(what) => what.into(),
            RefreshError::Store(error) => error.into(),
            RefreshError::Mint(error) => error.into(),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Closed => Self::forbidden("Registration is closed."),
            RegisterError::Throttled { retry_after } => Self::too_many_requests(retry_after)
                .detail("Too many accounts. The header Retry-After says when to try again."),
            RegisterError::Taken => {
                Self::conflict("The name is taken.").field("username", "is taken")
            }
            RegisterError::Hash(error) => error.into(),
            RegisterError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotAUser => Self::forbidden("Only a user has a password to change."),
            // Not 401: the access token is good, and another would not help.
            ChangeError::WrongPassword => Self::forbidden("The current password is wrong.")
                .field("current", "is not the current password"),
            ChangeError::Login(error) => error.into(),
        }
    }
}

impl From<NotOffered> for Problem {
    fn from(what: NotOffered) -> Self {
        let field = match what {
            NotOffered::Audience => "audience",
            NotOffered::Scope => "scope",
        };
        Self::invalid([]).field(field, what.to_string())
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::unavailable(SOON)
                .detail("Too many passwords are being checked at this moment."),
            broken @ (HashError::Hash(_) | HashError::Ended) => Self::internal(&broken),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            broken => Self::internal(&broken),
        }
    }
}

impl From<MintError> for Problem {
    fn from(error: MintError) -> Self {
        match error {
            MintError::NoKey(_) => Self::unavailable(SOON),
            broken @ MintError::Sign(_) => Self::internal(&broken),
        }
    }
}

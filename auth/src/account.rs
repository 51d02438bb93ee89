//! Making an account, and changing its password.

use std::time::Duration;

use chassis::client_address::ClientAddress;
use token::{Claims, Scope};

use crate::audit;
use crate::login::LoginError;
use crate::password::{HashError, NewPassword, Password};
use crate::service::{DEFAULT_SCOPE, Service};
use crate::session::SessionId;
use crate::settings::Registration;
use crate::store::{Added, StoreError};
use crate::throttle::{Gate, Subject};
use crate::user::{GivenName, User, UserState, Username};

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Accounts are not made over HTTP.
    #[error("registration is closed")]
    Closed,
    /// This address has made, or tried to make, too many.
    #[error("too many accounts from one address")]
    Throttled {
        /// After this time one may be made.
        retry_after: Duration,
    },
    /// Somebody has the name, or had it once.
    #[error("the name is taken")]
    Taken,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The token does not speak for a user.
    #[error("only a user has a password")]
    NotAUser,
    /// The current password is another.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The current password was not checked, or the new one not kept.
    #[error(transparent)]
    Login(LoginError),
}

impl Service {
    /// Makes an account, when anyone may.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub async fn register(
        &self,
        name: Username,
        password: NewPassword,
        address: ClientAddress,
    ) -> Result<(), RegisterError> {
        if self.logins.registration == Registration::Closed {
            return Err(RegisterError::Closed);
        }
        self.admit_registration(address).await?;
        let (password, scope) = (password.into_inner(), default_scope());
        match self.add_user(name.clone(), password, scope).await {
            Ok(()) => {
                audit::registered(&name, address);
                Ok(())
            }
            Err(RegisterError::Hash(not_hashed)) => {
                let subjects = Subject::of_registration(address);
                self.store.take_back_attempt(subjects).await?;
                Err(not_hashed.into())
            }
            Err(other) => Err(other),
        }
    }

    /// Counted before hashing, and whatever comes of it: an answer tells which names are taken.
    async fn admit_registration(&self, address: ClientAddress) -> Result<(), RegisterError> {
        let (limits, now) = (self.logins.throttle, self.now());
        let subjects = Subject::of_registration(address);
        match self.store.count_attempt(subjects, limits, now).await? {
            Gate::Open => Ok(()),
            Gate::ClosedUntil(opens) => {
                audit::registration_throttled(address);
                let retry_after = opens.since(now);
                Err(RegisterError::Throttled { retry_after })
            }
        }
    }

    /// Adds a user; the name must never have been anybody's.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub async fn add_user(
        &self,
        name: Username,
        password: Password,
        scope: Scope,
    ) -> Result<(), RegisterError> {
        let password = self.hasher.hash(password).await?;
        let created_at = self.now();
        let user = User {
            name,
            password,
            scope,
            state: UserState::Enabled,
            created_at,
        };
        match self.store.add_user(user).await? {
            Added::Done => Ok(()),
            Added::Taken => Err(RegisterError::Taken),
        }
    }

    /// Changes the password of the user that a token speaks for, and ends every other login.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn change_password(
        &self,
        claims: &Claims,
        current: Password,
        new: NewPassword,
        address: ClientAddress,
    ) -> Result<(), ChangeError> {
        let name: Username = claims.subject.parse().map_err(|_| ChangeError::NotAUser)?;
        let given = GivenName::from(&name);
        let proof = match self.prove(&given, current, address).await {
            Ok(proof) => proof,
            Err(LoginError::Refused) => return Err(ChangeError::WrongPassword),
            Err(other) => return Err(ChangeError::Login(other)),
        };
        // The current one was right, whatever becomes of the new one.
        self.forgive(&proof).await?;
        let password = self.hasher.hash(new.into_inner()).await?;
        let spared = claims.session_id.as_deref().map(SessionId::from_known);
        let checked = &proof.user.password;
        if !self
            .store
            .change_password(&name, checked, &password, spared)
            .await?
        {
            return Err(ChangeError::WrongPassword);
        }
        audit::password_changed(&name, address);
        Ok(())
    }
}

impl From<HashError> for ChangeError {
    fn from(error: HashError) -> Self {
        Self::Login(error.into())
    }
}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        Self::Login(error.into())
    }
}

/// What a user may ask for, unless it is set for them.
///
/// # Panics
/// Never: the text is a constant that the tests parse.
#[must_use]
pub fn default_scope() -> Scope {
    DEFAULT_SCOPE.parse().unwrap_or_default()
}

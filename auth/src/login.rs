//! Logging in: from a name and a password to a session and its first tokens.

use std::time::Duration;

use chassis::client_address::ClientAddress;
use token::{Scope, Timestamp};
use zeroize::Zeroizing;

use crate::access_token::{Bearer, FIRST_PARTY_CLIENT, MintError};
use crate::audit;
use crate::password::{HashError, HashedPassword, Password, Verdict};
use crate::service::{NotOffered, Service, narrow};
use crate::session::{RefreshToken, Session, SessionId};
use crate::store::StoreError;
use crate::throttle::{Gate, Subject};
use crate::user::{GivenName, User, UserState};

/// What somebody sends to log in.
pub struct Attempt {
    /// Who they say they are.
    pub name: GivenName,
    /// How they want to prove it.
    pub password: Password,
    /// Whom the tokens shall be for.
    pub audience: Option<String>,
    /// What they shall allow.
    pub scope: Option<Scope>,
}

/// What a login or a refresh gives.
pub struct Grant {
    /// Signed, for services.
    pub access_token: String,
    /// How long the access token lives.
    pub expires_in: Duration,
    /// For this service; absent for programs.
    pub refresh_token: Option<Zeroizing<String>>,
    /// What the access token allows.
    pub scope: Scope,
}

/// Why there is no login.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong name or password, or a disabled user: nobody is told which.
    #[error("wrong name or password")]
    Refused,
    /// Too many failures before this attempt.
    #[error("too many failures")]
    Throttled {
        /// After this time an attempt is allowed.
        retry_after: Duration,
    },
    /// Something was asked for that this login cannot have.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// The password could not be checked.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No token could be signed.
    #[error(transparent)]
    Mint(#[from] MintError),
}

impl Service {
    /// Logs somebody in.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn log_in(
        &self,
        attempt: Attempt,
        address: ClientAddress,
    ) -> Result<Grant, LoginError> {
        let audience = self.audience(attempt.audience.as_deref())?.to_owned();
        let subjects = Subject::of_attempt(&attempt.name, address);
        let user = self.prove(&attempt.name, attempt.password, address).await?;
        let scope = match narrow(&user.scope, attempt.scope) {
            Ok(scope) => scope,
            Err(not_offered) => {
                self.store.forgive_failures(subjects).await?;
                return Err(not_offered.into());
            }
        };
        let token = RefreshToken::generate();
        let session = self.new_session(&user, audience, scope, &token);
        let grant = self.grant(&session, &token)?;
        let (id, checked) = (session.id.clone(), &user.password);
        if !self
            .store
            .begin_session(session, token.handle(), checked, subjects)
            .await?
        {
            return Err(LoginError::Refused);
        }
        audit::logged_in(&user.name, &id, address);
        Ok(grant)
    }

    /// Checks a name and a password at the cost of one hash, whoever it is. The attempt is
    /// counted as a failure before; who succeeds has it forgiven.
    pub(crate) async fn prove(
        &self,
        name: &GivenName,
        password: Password,
        address: ClientAddress,
    ) -> Result<User, LoginError> {
        let user = match name.username() {
            Some(name) => self.store.user(name).await?,
            None => None,
        };
        let known = user.as_ref().map(|user| &user.name);
        let subjects = Subject::of_attempt(name, address);
        let (limits, now) = (self.logins.throttle, self.now());
        let gate = self
            .store
            .count_attempt(subjects.clone(), limits, now)
            .await?;
        if let Gate::ClosedUntil(opens) = gate {
            audit::throttled(known, address);
            return Err(LoginError::Throttled {
                retry_after: opens.since(now),
            });
        }
        match self.check(user.as_ref(), password, subjects).await? {
            (Some(user), Verdict::Right { upgrade }) => self.upgraded(user.clone(), upgrade).await,
            _ => {
                audit::login_failed(known, address);
                Err(LoginError::Refused)
            }
        }
    }

    /// A disabled user is compared with nobody's hash, as an unknown one is.
    async fn check<'a>(
        &self,
        user: Option<&'a User>,
        password: Password,
        subjects: Vec<Subject>,
    ) -> Result<(Option<&'a User>, Verdict), LoginError> {
        let enabled = user.filter(|user| user.state == UserState::Enabled);
        let stored = enabled.map(|user| user.password.clone());
        match self.hasher.verify(password, stored).await {
            Ok(verdict) => Ok((enabled, verdict)),
            Err(not_hashed) => {
                self.store.take_back_attempt(subjects).await?;
                Err(not_hashed.into())
            }
        }
    }

    async fn upgraded(
        &self,
        user: User,
        upgrade: Option<HashedPassword>,
    ) -> Result<User, LoginError> {
        let Some(password) = upgrade else {
            return Ok(user);
        };
        match self
            .store
            .upgrade_password(&user.name, &user.password, &password)
            .await?
        {
            true => Ok(User { password, ..user }),
            false => Err(LoginError::Refused),
        }
    }

    fn new_session(
        &self,
        user: &User,
        audience: String,
        scope: Scope,
        token: &RefreshToken,
    ) -> Session {
        let now: Timestamp = self.now();
        let lifetimes = self.logins.lifetimes;
        Session {
            id: SessionId::generate(),
            username: user.name.clone(),
            audience,
            scope,
            created_at: now,
            refreshed_at: now,
            ends_at: now + lifetimes.idle.min(lifetimes.absolute),
            current: token.digest(),
            replaced: None,
        }
    }

    /// The tokens of a login.
    pub(crate) fn grant(
        &self,
        session: &Session,
        token: &RefreshToken,
    ) -> Result<Grant, MintError> {
        let access_token = self.access_tokens.mint(&Bearer {
            subject: session.username.as_str(),
            audience: &session.audience,
            client_id: FIRST_PARTY_CLIENT,
            scope: &session.scope,
            session: Some(&session.id),
        })?;
        Ok(Grant {
            access_token,
            expires_in: self.access_tokens.life(),
            refresh_token: Some(token.to_text()),
            scope: session.scope.clone(),
        })
    }
}

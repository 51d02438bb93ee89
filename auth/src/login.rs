//! Logging in: from a name and a password to a session and its first tokens.

use std::time::Duration;

use chassis::client_address::ClientAddress;
use token::{Scope, Timestamp};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::access_token::{Bearer, FIRST_PARTY_CLIENT, MintError};
use crate::audit;
use crate::password::{HashError, Password};
use crate::proof::Proof;
use crate::service::{NotOffered, Service, narrow};
use crate::session::{RefreshToken, Session, SessionId};
use crate::store::StoreError;
use crate::user::{GivenName, User};

/// What somebody sends to log in.
#[derive(ToSchema)]
#[schema(
    as = Login,
    example = json!({ "username": "jack", "password": "jack_password" })
)]
pub struct Attempt {
    /// Who they say they are.
    #[schema(rename = "username", value_type = String)]
    pub name: GivenName,
    /// How they want to prove it.
    #[schema(value_type = String, max_length = 256)]
    pub password: Password,
    /// Whom the tokens shall be for.
    #[schema(value_type = String, required = false)]
    pub audience: Option<String>,
    /// What they shall allow.
    #[schema(value_type = String, required = false)]
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
        let proof = self.prove(&attempt.name, attempt.password, address).await?;
        match narrow(&proof.user.scope, attempt.scope) {
            Ok(scope) => self.begin(&proof, audience, scope, address).await,
            Err(not_offered) => {
                audit::login_not_offered(&proof.user.name, address);
                self.forgive(&proof).await?;
                Err(not_offered.into())
            }
        }
    }

    /// Signs before it stores: a login that cannot be answered is not begun.
    async fn begin(
        &self,
        proof: &Proof,
        audience: String,
        scope: Scope,
        address: ClientAddress,
    ) -> Result<Grant, LoginError> {
        let token = RefreshToken::generate();
        let session = self.new_session(&proof.user, audience, scope, &token);
        let grant = self.grant(&session, &token)?;
        let (id, handle) = (session.id.clone(), token.handle());
        let (checked, subjects) = (&proof.user.password, proof.subjects.clone());
        if !self
            .store
            .begin_session(session, handle, checked, subjects)
            .await?
        {
            return Err(LoginError::Refused);
        }
        audit::logged_in(&proof.user.name, &id, address);
        Ok(grant)
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

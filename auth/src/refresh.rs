//! Going on with a login, and ending it.

use chassis::client_address::ClientAddress;

use token::Scope;

use crate::access_token::MintError;
use crate::audit;
use crate::login::Grant;
use crate::metric;
use crate::service::{NotOffered, Service};
use crate::session::{RefreshToken, Session};
use crate::store::{Refreshed, StoreError};

/// Why a login does not go on.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The token is no login's, or no longer: whoever sent it is not told which.
    #[error("the refresh token is not valid")]
    Refused,
    /// More was asked for than this login may have. The token is still good.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No token could be signed.
    #[error(transparent)]
    Mint(#[from] MintError),
}

impl Service {
    /// Replaces a refresh token and signs a new access token: for all that the login may do, or for
    /// the part that is asked for. A token is not used up while none can be signed.
    ///
    /// # Errors
    /// See [`RefreshError`].
    pub async fn refresh(
        &self,
        unverified: &str,
        asked: Option<Scope>,
        address: ClientAddress,
    ) -> Result<Grant, RefreshError> {
        let Some(presented) = RefreshToken::parse(unverified) else {
            metric::refresh_malformed();
            audit::refresh_refused(address);
            return Err(RefreshError::Refused);
        };
        self.access_tokens.ready()?;
        let lifetimes = self.logins.lifetimes;
        let (part, now) = (asked.clone(), self.now());
        let outcome = self.store.refresh(presented, part, lifetimes, now).await?;
        metric::refreshed(&outcome);
        match outcome {
            Refreshed::Granted(session, successor) => {
                audit::refreshed(&session.username, &session.id, address);
                Ok(self.grant(&narrowed(session, asked), &successor)?)
            }
            Refreshed::Repeated(session, successor) => {
                audit::refresh_repeated(&session.username, &session.id, address);
                Ok(self.grant(&narrowed(session, asked), &successor)?)
            }
            Refreshed::Reused(session) => {
                audit::refresh_reused(&session.username, &session.id, address);
                Err(RefreshError::Refused)
            }
            Refreshed::TooMuch => {
                audit::refresh_refused(address);
                Err(NotOffered::Scope.into())
            }
            Refreshed::Unknown => {
                audit::refresh_refused(address);
                Err(RefreshError::Refused)
            }
        }
    }

    /// Ends the login of a refresh token. A token of no login is fine: there is nothing to end.
    ///
    /// # Errors
    /// The store fails.
    pub async fn log_out(
        &self,
        unverified: &str,
        address: ClientAddress,
    ) -> Result<(), StoreError> {
        let Some(presented) = RefreshToken::parse(unverified) else {
            return Ok(());
        };
        if let Some(session) = self.store.end_session(&presented).await? {
            audit::logged_out(&session.username, &session.id, address);
        }
        Ok(())
    }
}

/// The login as the access token shows it. What it may do stays as it is (RFC 6749 §6).
fn narrowed(session: Session, asked: Option<Scope>) -> Session {
    match asked {
        Some(scope) => Session { scope, ..session },
        None => session,
    }
}

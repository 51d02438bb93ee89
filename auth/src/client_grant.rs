//! A program gets a token for itself (RFC 6749 §4.4).

use std::time::Duration;

use chassis::client_address::ClientAddress;
use token::Scope;

use crate::access_token::{Bearer, MintError};
use crate::audit;
use crate::client::{Client, ClientId, ClientSecret};
use crate::login::Grant;
use crate::service::{NotOffered, Service, narrow};
use crate::store::StoreError;
use crate::throttle::{Gate, Subject};

/// Why a program gets no token.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It has not shown who it is, or it is disabled: it is not told which.
    #[error("client authentication failed")]
    Refused,
    /// Too many wrong secrets before this one, which is wrong as well.
    #[error("too many failures")]
    Throttled {
        /// After this time an attempt is looked at.
        retry_after: Duration,
    },
    /// It asked for what it cannot have.
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
    /// Checks who a program is. A right secret is let through whatever was tried before it: its
    /// 256 random bits are not guessed, and nobody shall shut a program out by trying.
    ///
    /// # Errors
    /// It is nobody, somebody else or disabled, or the store fails.
    pub async fn authenticate_client(
        &self,
        unverified_id: &str,
        secret: &ClientSecret,
        address: ClientAddress,
    ) -> Result<Client, ClientError> {
        let id: Option<ClientId> = unverified_id.parse().ok();
        let id = id.filter(|id| id.as_str() == unverified_id);
        let client = match id {
            Some(id) => self.store.client(&id).await?,
            None => None,
        };
        match client {
            Some(client) if client.enabled && client.secret.matches(&secret.digest()) => Ok(client),
            other => {
                let known = other.map(|client| client.id);
                Err(self.refuse_client(unverified_id, known, address).await?)
            }
        }
    }

    /// Counts a wrong secret, unless there were too many already.
    async fn refuse_client(
        &self,
        unverified_id: &str,
        known: Option<ClientId>,
        address: ClientAddress,
    ) -> Result<ClientError, StoreError> {
        let (limits, now) = (self.logins.throttle, self.now());
        let subjects = Subject::of_client(unverified_id, address);
        match self.store.count_attempt(subjects, limits, now).await? {
            Gate::Open => {
                audit::client_refused(known.as_ref(), address);
                Ok(ClientError::Refused)
            }
            Gate::ClosedUntil(opens) => {
                audit::client_throttled(known.as_ref(), address);
                let retry_after = opens.since(now);
                Ok(ClientError::Throttled { retry_after })
            }
        }
    }

    /// Signs a token for a program that has shown who it is.
    ///
    /// # Errors
    /// It asks for what it cannot have, or no token can be signed.
    pub fn grant_client(
        &self,
        client: &Client,
        scope: Option<Scope>,
        audience: Option<&str>,
        address: ClientAddress,
    ) -> Result<Grant, ClientError> {
        let scope = narrow(&client.scope, scope)?;
        let access_token = self.access_tokens.mint(&Bearer {
            subject: client.id.as_str(),
            audience: self.audience(audience)?,
            client_id: client.id.as_str(),
            scope: &scope,
            session: None,
        })?;
        audit::client_granted(&client.id, address);
        let expires_in = self.access_tokens.life();
        Ok(Grant {
            access_token,
            expires_in,
            refresh_token: None,
            scope,
        })
    }
}

//! A program gets a token for itself (RFC 6749 §4.4).

use chassis::client_address::ClientAddress;
use token::Scope;

use crate::access_token::{Bearer, MintError};
use crate::audit;
use crate::client::{Client, ClientId, ClientSecret};
use crate::login::Grant;
use crate::service::{NotOffered, Service, narrow};
use crate::store::StoreError;

/// Why a program gets no token.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It has not shown who it is, or it is disabled: it is not told which.
    #[error("client authentication failed")]
    Refused,
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
    /// Checks who a program is.
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
            _ => {
                audit::client_refused(address);
                Err(ClientError::Refused)
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

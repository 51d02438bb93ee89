//! `POST /oauth/token` (RFC 6749)

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chassis::client_address::ClientAddress;
use http::HeaderMap;
use token::Scope;

use super::OAuthError;
use super::credentials::Credentials;
use super::form::Form;
use crate::http::caller_address::CallerAddress;
use crate::http::token_answer;
use crate::login::Grant;
use crate::service::Service;

/// Gives tokens to a program, or goes on with a user's login.
///
/// # Errors
/// As RFC 6749 §5.2 asks.
pub async fn token(
    State(service): State<Arc<Service>>,
    CallerAddress(address): CallerAddress,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, OAuthError> {
    let credentials = Credentials::find(&headers, &form, address)?;
    let grant = match form.required("grant_type")? {
        "client_credentials" => client_credentials(&service, credentials, &form, address).await?,
        "refresh_token" => refresh_token(&service, credentials, &form, address).await?,
        _ => return Err(OAuthError::UnsupportedGrantType),
    };
    Ok(token_answer::oauth(&grant))
}

async fn client_credentials(
    service: &Service,
    credentials: Option<Credentials>,
    form: &Form,
    address: ClientAddress,
) -> Result<Grant, OAuthError> {
    let credentials = credentials.ok_or_else(|| Credentials::refuse(address))?;
    let Credentials {
        unverified_id,
        secret,
    } = credentials;
    let client = service
        .authenticate_client(&unverified_id, &secret, address)
        .await?;
    let scope = scope(form)?;
    // RFC 8707 calls it resource; many libraries say audience.
    let audience = form
        .optional("resource")
        .or_else(|| form.optional("audience"));
    Ok(service.grant_client(&client, scope, audience, address)?)
}

/// A user's login is nobody's but the user's: it needs no client. Credentials that are given are
/// checked all the same, and no client has refresh tokens of its own.
async fn refresh_token(
    service: &Service,
    credentials: Option<Credentials>,
    form: &Form,
    address: ClientAddress,
) -> Result<Grant, OAuthError> {
    if let Some(Credentials {
        unverified_id,
        secret,
    }) = credentials
    {
        service
            .authenticate_client(&unverified_id, &secret, address)
            .await?;
        return Err(OAuthError::InvalidGrant);
    }
    Ok(service
        .refresh(form.required("refresh_token")?, scope(form)?, address)
        .await?)
}

fn scope(form: &Form) -> Result<Option<Scope>, OAuthError> {
    let scope = form.optional("scope").map(str::parse).transpose();
    scope.map_err(|_| OAuthError::InvalidScope)
}

//! `POST /oauth/revoke` (RFC 7009)

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};

use super::OAuthError;
use super::credentials::Credentials;
use super::form::Form;
use crate::http::caller_address::CallerAddress;
use crate::service::Service;

/// Ends the login of a refresh token; a token that is nobody's is fine (RFC 7009 §2.2).
///
/// # Errors
/// As RFC 7009 §2.2.1 asks.
pub async fn revoke(
    State(service): State<Arc<Service>>,
    CallerAddress(address): CallerAddress,
    headers: HeaderMap,
    form: Form,
) -> Result<StatusCode, OAuthError> {
    if let Some(Credentials {
        unverified_id,
        secret,
    }) = Credentials::find(&headers, &form, address)?
    {
        service
            .authenticate_client(&unverified_id, &secret, address)
            .await?;
    }
    let token = form.required("token")?;
    if service.access_tokens.verify(token).is_ok() {
        return Err(OAuthError::UnsupportedTokenType);
    }
    service.log_out(token, address).await?;
    Ok(StatusCode::OK)
}

//! `POST /oauth/revoke` (RFC 7009)

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use utoipa::ToSchema;

use super::OAuthError;
use super::credentials::Credentials;
use super::form::Form;
use crate::http::caller_address::CallerAddress;
use crate::openapi::{OAuthRefused, Throttled};
use crate::service::Service;

/// Ends the login of a refresh token; a token that is nobody's is fine (RFC 7009 §2.2).
///
/// # Errors
/// As RFC 7009 §2.2.1 asks.
#[utoipa::path(
    post,
    path = "/oauth/revoke",
    tag = "oauth",
    operation_id = "revoke",
    summary = "End the login of a refresh token (RFC 7009)",
    description = "",
    request_body(content = RevocationRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = OK, description = "It has ended, now or before"),
        (status = BAD_REQUEST, response = OAuthRefused),
        (status = UNAUTHORIZED, response = OAuthRefused),
        (status = TOO_MANY_REQUESTS, response = Throttled),
    ),
    security((), ("client" = [])),
)]
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

#[derive(ToSchema)]
#[schema(example = json!({ "token": "a refresh token" }))]
#[expect(dead_code, reason = "a shape for the document, never a value")]
struct RevocationRequest {
    token: String,
    #[schema(required = false)]
    token_type_hint: String,
    #[schema(required = false)]
    client_id: String,
    #[schema(required = false)]
    client_secret: String,
}

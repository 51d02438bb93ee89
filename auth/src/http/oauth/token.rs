//! `POST /oauth/token` (RFC 6749)

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chassis::client_address::ClientAddress;
use http::HeaderMap;
use token::Scope;
use utoipa::ToSchema;

use super::OAuthError;
use super::credentials::Credentials;
use super::form::Form;
use crate::http::caller_address::CallerAddress;
use crate::http::token_answer::{self, Tokens};
use crate::login::Grant;
use crate::openapi::{OAuthRefused, Throttled};
use crate::service::Service;

/// Gives tokens to a program, or goes on with a user's login.
///
/// # Errors
/// As RFC 6749 §5.2 asks.
#[utoipa::path(
    post,
    path = "/oauth/token",
    tag = "oauth",
    operation_id = "token",
    summary = "Tokens for a program, or a login gone on with (RFC 6749)",
    description = "",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (
            status = OK,
            description = "Tokens (RFC 6749 §5.1)",
            body = Tokens,
            example = json!({
                "access_token": "eyJ…",
                "token_type": "Bearer",
                "expires_in": 900,
                "scope": "posts:read",
            }),
        ),
        (status = BAD_REQUEST, response = OAuthRefused),
        (status = UNAUTHORIZED, response = OAuthRefused),
        (status = TOO_MANY_REQUESTS, response = Throttled),
    ),
    security((), ("client" = [])),
)]
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

#[derive(ToSchema)]
#[schema(example = json!({
    "grant_type": "client_credentials",
    "client_id": "reports@clients",
    "client_secret": "from auth clients add",
    "scope": "posts:read",
}))]
#[expect(dead_code, reason = "a shape for the document, never a value")]
struct TokenRequest {
    grant_type: GrantType,
    #[schema(required = false)]
    refresh_token: String,
    #[schema(required = false)]
    client_id: String,
    #[schema(required = false)]
    client_secret: String,
    #[schema(required = false)]
    scope: String,
    #[schema(required = false)]
    audience: String,
    /// What RFC 8707 calls an audience.
    #[schema(required = false)]
    resource: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "a shape for the document, never a value")]
enum GrantType {
    ClientCredentials,
    RefreshToken,
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

//! How tokens are handed over (RFC 6749 §5.1).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::login::Grant;

/// The members of every answer that carries tokens.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ…",
    "auth": true,
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "…",
    "scope": "posts:read posts:write",
}))]
pub(crate) struct Tokens<'a> {
    access_token: &'a str,
    /// True in answers to /api/login and /api/refresh; the article's clients look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, required = false)]
    auth: Option<bool>,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    /// None for a program, which can log in again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    refresh_token: Option<&'a str>,
    scope: &'a str,
}

/// The answer to a login by the service's own calls.
#[must_use]
pub fn login(grant: &Grant) -> Response {
    answer(grant, Some(true))
}

/// The answer of the OAuth token endpoint.
#[must_use]
pub fn oauth(grant: &Grant) -> Response {
    answer(grant, None)
}

fn answer(grant: &Grant, auth: Option<bool>) -> Response {
    let tokens = Tokens {
        access_token: &grant.access_token,
        auth,
        token_type: "Bearer",
        expires_in: grant.expires_in.as_secs(),
        refresh_token: grant.refresh_token.as_ref().map(|token| token.as_str()),
        scope: grant.scope.as_str(),
    };
    let no_store = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (no_store, Json(tokens)).into_response()
}

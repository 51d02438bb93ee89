//! `GET /api/me`

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use token::{Claims, Timestamp};
use utoipa::ToSchema;

use super::authorization::Authorized;

/// The claims of the caller's token, by their names in the token.
#[derive(Serialize, ToSchema)]
#[schema(as = Claims, example = json!({
    "iss": "http://127.0.0.1:4000",
    "sub": "jack",
    "aud": "posts",
    "iat": 1_800_000_000,
    "nbf": 1_800_000_000,
    "exp": 1_800_000_900,
    "jti": "0190b5a4-7c11-7abc-8000-0123456789ab",
    "client_id": "auth",
    "scope": "posts:read posts:write",
    "name": "jack",
}))]
struct Me<'a> {
    iss: &'a str,
    sub: &'a str,
    #[schema(value_type = String)]
    aud: Option<&'a str>,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    nbf: Option<i64>,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    jti: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    client_id: Option<&'a str>,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    name: Option<&'a str>,
    /// The login that the token belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    sid: Option<&'a str>,
}

/// Says what the caller's token says, once it is verified.
#[utoipa::path(
    get,
    path = "/api/me",
    tag = "accounts",
    operation_id = "me",
    summary = "The claims of the caller's token",
    description = "",
    responses((status = OK, description = "The claims", body = Me)),
    security(("bearer" = [])),
)]
pub async fn me(Authorized(claims): Authorized) -> Response {
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (no_store, Json(Me::from(&claims))).into_response()
}

impl<'a> From<&'a Claims> for Me<'a> {
    fn from(claims: &'a Claims) -> Self {
        Self {
            iss: &claims.issuer,
            sub: &claims.subject,
            aud: claims.audience.first().map(String::as_str),
            iat: claims.issued_at.unix_seconds(),
            nbf: claims.not_before.map(Timestamp::unix_seconds),
            exp: claims.expires_at.unix_seconds(),
            jti: claims.token_id.as_deref(),
            client_id: claims.client_id.as_deref(),
            scope: claims.scope.as_str(),
            name: claims.name.as_deref(),
            sid: claims.session_id.as_deref(),
        }
    }
}

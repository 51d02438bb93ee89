//! `GET /api/me`

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use token::{Claims, Timestamp};

use super::authorization::Authorized;

/// The claims of the caller's token, by their names in the token.
#[derive(Serialize)]
struct Me<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: Option<&'a str>,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
}

/// Says what the caller's token says, once it is verified.
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

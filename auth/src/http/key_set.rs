//! `GET /.well-known/jwks.json`: the keys that verify this issuer's tokens (RFC 7517 §5).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use keystore::Published;
use token::Clock;
use utoipa::ToSchema;

/// What the handler works with: public keys and the time.
#[derive(Clone)]
pub struct PublicKeys {
    published: Published,
    clock: Arc<dyn Clock>,
}

impl PublicKeys {
    /// The key set as `published` has it at any moment.
    #[must_use]
    pub fn new(published: Published, clock: Arc<dyn Clock>) -> Self {
        Self { published, clock }
    }
}

/// The key set, or the news that the caller's copy is still good.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "discovery",
    operation_id = "key_set",
    summary = "The public keys, the signing one first (RFC 7517)",
    description = "",
    params(("If-None-Match" = Option<String>, Header, description = "ETag of the copy at hand")),
    responses(
        (
            status = OK,
            description = "The key set",
            body = KeySet,
            content_type = "application/jwk-set+json",
            headers(
                ("ETag" = String, description = "Its version"),
                ("Cache-Control" = String, description = "For how long it may be kept"),
            ),
        ),
        (status = NOT_MODIFIED, description = "The copy at hand is still good"),
    ),
)]
pub async fn key_set(State(keys): State<PublicKeys>, headers: HeaderMap) -> Response {
    let set = keys.published.current();
    let validators = [
        (ETAG, set.etag().to_owned()),
        (CACHE_CONTROL, set.cache_control(keys.clock.now())),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    if is_known(&headers, set.etag()) {
        return (StatusCode::NOT_MODIFIED, validators).into_response();
    }
    let kind = [(CONTENT_TYPE, "application/jwk-set+json")];
    (validators, kind, Bytes::from_owner(Arc::clone(set.body()))).into_response()
}

/// RFC 7517 §5.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape for the document, never a value")]
struct KeySet {
    keys: Vec<Key>,
}

/// RFC 7517 §4 and RFC 7518 §6.3.1.
#[derive(ToSchema)]
#[schema(example = json!({
    "kty": "RSA",
    "use": "sig",
    "alg": "RS256",
    "kid": "the thumbprint of RFC 7638",
    "n": "the modulus",
    "e": "AQAB",
}))]
#[expect(dead_code, reason = "a shape for the document, never a value")]
struct Key {
    kty: String,
    r#use: String,
    alg: String,
    kid: String,
    n: String,
    e: String,
}

/// RFC 9110 §13.1.2: a list of entity tags, compared weakly, or an asterisk.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

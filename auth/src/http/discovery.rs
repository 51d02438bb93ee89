//! `GET /.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::service::{DEFAULT_SCOPE, Service};

/// The metadata of RFC 8414: what this service really offers, and nothing more.
pub async fn discovery(State(service): State<Arc<Service>>) -> Response {
    let headers = [
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ),
    ];
    (headers, Json(metadata(&service))).into_response()
}

fn metadata(service: &Service) -> Value {
    let methods = ["client_secret_basic", "client_secret_post", "none"];
    json!({
        "issuer": service.issuer.as_str(),
        "token_endpoint": service.issuer.at("/oauth/token"),
        "revocation_endpoint": service.issuer.at("/oauth/revoke"),
        "jwks_uri": service.issuer.at("/.well-known/jwks.json"),
        "service_documentation": service.issuer.at("/docs"),
        "scopes_supported": DEFAULT_SCOPE.split(' ').collect::<Vec<_>>(),
        // Not of RFC 8414, which allows more: for whom tokens can be had.
        "audiences_supported": service.audiences,
        "grant_types_supported": ["client_credentials", "refresh_token"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        // RFC 8414 §2 requires the member; without an authorization endpoint there are none.
        "response_types_supported": Vec::<&str>::new(),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

//! `GET /.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chassis::Problem;
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::{DEFAULT_SCOPE, Service};

/// The metadata of RFC 8414: what this service really offers, and nothing more.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    tag = "discovery",
    operation_id = "metadata",
    summary = "What this service offers (RFC 8414)",
    description = "",
    responses((status = OK, description = "The metadata", body = Metadata)),
)]
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

/// [`discovery`], where clients look that put this between the issuer's host and its path, as
/// RFC 8414 §3.1 has it. What names another issuer's path is not found.
pub async fn discovery_by_path(
    State(service): State<Arc<Service>>,
    Path(path): Path<String>,
) -> Response {
    if service.issuer.path().strip_prefix('/') != Some(path.as_str()) {
        return Problem::not_found().into_response();
    }
    discovery(State(service)).await
}

/// [`discovery`], where `OpenID` clients look.
#[utoipa::path(
    get,
    path = "/.well-known/openid-configuration",
    tag = "discovery",
    operation_id = "openid_configuration",
    summary = "The same metadata, where OpenID clients look",
    description = "",
    responses((status = OK, description = "The metadata", body = Metadata)),
)]
pub async fn openid_configuration(service: State<Arc<Service>>) -> Response {
    discovery(service).await
}

#[derive(Serialize, ToSchema)]
struct Metadata<'a> {
    issuer: &'a str,
    token_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    service_documentation: String,
    scopes_supported: Vec<&'static str>,
    /// For whom tokens can be had. Not of RFC 8414, which allows more.
    audiences_supported: &'a [String],
    grant_types_supported: [&'static str; 2],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    /// RFC 8414 §2 requires the member; without an authorization endpoint there are none.
    response_types_supported: [&'static str; 0],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
}

fn metadata(service: &Service) -> Metadata<'_> {
    let methods = ["client_secret_basic", "client_secret_post", "none"];
    Metadata {
        issuer: service.issuer.as_str(),
        token_endpoint: service.issuer.at("/oauth/token"),
        revocation_endpoint: service.issuer.at("/oauth/revoke"),
        jwks_uri: service.issuer.at("/.well-known/jwks.json"),
        service_documentation: service.issuer.at("/docs"),
        scopes_supported: DEFAULT_SCOPE.split(' ').collect(),
        audiences_supported: &service.audiences,
        grant_types_supported: ["client_credentials", "refresh_token"],
        token_endpoint_auth_methods_supported: methods,
        revocation_endpoint_auth_methods_supported: methods,
        response_types_supported: [],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
    }
}

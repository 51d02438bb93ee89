//! `GET /.well-known/oauth-protected-resource` (RFC 9728)
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::RequiredScope;

use super::scope::{Read, Write};
use crate::app::Service;

#[derive(Serialize, ToSchema)]
#[schema(as = Metadata)]
pub(crate) struct Metadata<'a> {
    resource: &'a str,
    authorization_servers: [&'a str; 1],
    scopes_supported: [&'static str; 2],
    bearer_methods_supported: [&'static str; 1],
    resource_name: &'static str,
    resource_documentation: String,
}

/// Where a client that knows nothing yet gets a token for this service (RFC 9728).
#[utoipa::path(
    get,
    path = "/.well-known/oauth-protected-resource",
    tag = "about",
    operation_id = "metadata",
    responses((status = OK, description = "The metadata", body = Metadata)),
)]
pub(crate) async fn metadata(State(service): State<Service>) -> impl IntoResponse {
    let resource = service.public_url().to_string();
    let metadata = Metadata {
        resource: &resource,
        authorization_servers: [service.issuer()],
        scopes_supported: [Read::SCOPE, Write::SCOPE],
        bearer_methods_supported: ["header"],
        resource_name: "posts",
        resource_documentation: format!("{resource}/docs"),
    };
    ([(CACHE_CONTROL, "public, max-age=3600")], Json(metadata)).into_response()
}

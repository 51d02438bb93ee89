//! The OpenAPI document, put together from the handlers and the types they take and answer.
//!
//! A test does that and keeps the text in `openapi.json`, so that the program carries the text alone.

use chassis::docs;
use chassis::docs::openapi::ProblemDocument;
use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToResponse, ToSchema};

use crate::http::{discovery, key_set, login, logout, me, oauth, password, refresh, register};

/// Every kind of problem that a `type` can name, for the list on the documentation page.
const PROBLEM_TYPES: [(&str, &str); 18] = [
    (
        "bad-request",
        "400: the request or its body cannot be read.",
    ),
    (
        "unauthorized",
        "401: WWW-Authenticate says what is missing or wrong.",
    ),
    ("login-refused", "401: wrong name or password."),
    (
        "refresh-refused",
        "401: the refresh token is not valid, or no longer; log in again.",
    ),
    (
        "forbidden",
        "403: registration is closed, or the current password is wrong.",
    ),
    ("not-found", "404: there is nothing at this address."),
    ("method-not-allowed", "405: Allow lists the methods."),
    ("request-timeout", "408: the body did not arrive in time."),
    ("conflict", "409: the name is taken."),
    ("too-large", "413: a body is read up to 16 KiB."),
    (
        "target-too-long",
        "414: a path with its query is read up to 8 KiB.",
    ),
    (
        "unsupported-media-type",
        "415: Accept says which media type is read.",
    ),
    (
        "invalid",
        "422: the member errors names each field that is wrong.",
    ),
    (
        "too-many-requests",
        "429: Retry-After says when an attempt is allowed.",
    ),
    (
        "header-too-large",
        "431: up to 64 header fields are read, of 16 KiB together.",
    ),
    (
        "internal",
        "500: the log has the reason under the request's id.",
    ),
    ("unavailable", "503: Retry-After says when to try again."),
    (
        "storage-full",
        "507: nothing can be stored; reading still works.",
    ),
];

/// The document in JSON, as it is served.
pub const DOCUMENT: &str = include_str!("openapi.json");

/// The document, made anew.
#[must_use]
pub fn document() -> Value {
    docs::openapi::document(Api::openapi(), &PROBLEM_TYPES)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "auth",
        description = "Logs people in, signs their access tokens (RFC 9068) and publishes the \
                       keys that verify them.",
    ),
    paths(
        login::login,
        refresh::refresh,
        logout::logout,
        register::register,
        password::password,
        me::me,
        oauth::token::token,
        oauth::revoke::revoke,
        key_set::key_set,
        discovery::discovery,
        discovery::openid_configuration,
    ),
    tags(
        (name = "logins"),
        (name = "accounts"),
        (name = "oauth"),
        (name = "discovery"),
        (name = "about"),
    ),
    components(responses(Throttled, OAuthRefused), schemas(OAuthError)),
    modifiers(&Schemes),
)]
struct Api;

/// The ways to say who calls.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("An access token of this service (RFC 9068)"));
        let client = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some(
                "The client id and secret of a program; both may be in the form instead",
            ));
        let components = openapi.components.get_or_insert_default();
        for (name, scheme) in [("bearer", bearer), ("client", client)] {
            components.add_security_scheme(name, SecurityScheme::Http(scheme.build()));
        }
    }
}

/// 429, wherever passwords or secrets are tried.
#[derive(ToResponse)]
#[response(
    description = "Too many attempts failed",
    content_type = "application/problem+json",
    headers(("Retry-After" = u64, description = "Seconds until an attempt is allowed"))
)]
#[expect(dead_code, reason = "a shape for the document, never a value")]
pub struct Throttled(ProblemDocument);

/// An error of the OAuth calls.
#[derive(ToResponse)]
#[response(
    description = "An error of RFC 6749 §5.2",
    content_type = "application/json"
)]
#[expect(dead_code, reason = "a shape for the document, never a value")]
pub struct OAuthRefused(OAuthError);

#[derive(ToSchema)]
#[schema(example = json!({
    "error": "invalid_grant",
    "error_description": "the refresh token is not valid, or no longer",
}))]
#[expect(dead_code, reason = "a shape for the document, never a value")]
struct OAuthError {
    error: OAuthErrorCode,
    #[schema(required = false)]
    error_description: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "a shape for the document, never a value")]
enum OAuthErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidTarget,
    UnsupportedGrantType,
    UnsupportedTokenType,
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn made() -> String {
        format!("{:#}\n", document())
    }

    #[test]
    fn the_document_served_is_what_the_handlers_say() {
        let how = "cargo test -p auth --lib openapi -- --ignored writes it anew";
        assert!(DOCUMENT == made(), "{how}");
    }

    #[test]
    #[ignore = "writes into the sources"]
    fn the_document_is_written_anew() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/openapi.json");
        fs::write(file, made()).unwrap();
    }
}

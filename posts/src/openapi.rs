//! The OpenAPI document, put together from the handlers and the types they take and answer.
//!
//! A test does that and keeps the text in `openapi.json`: what puts it together is a quarter of a
//! megabyte that the program would carry to make the same text at each start.
use chassis::docs;
use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{Modify, OpenApi};
use verifier::RequiredScope;

use crate::http::scope::{Read, Write};
use crate::http::{create, delete, list, patch, read, replace, resource};

/// Every kind of problem that a `type` can name, for the list on the documentation page.
const PROBLEM_TYPES: [(&str, &str); 17] = [
    (
        "bad-request",
        "400: the request cannot be read: no JSON, a foreign cursor, a bad key.",
    ),
    (
        "not-found",
        "404: nothing is there, or it is somebody else's.",
    ),
    ("method-not-allowed", "405: Allow lists the methods."),
    (
        "not-acceptable",
        "406: Accept-Encoding allows neither gzip nor identity.",
    ),
    ("request-timeout", "408: the body did not arrive in time."),
    (
        "conflict",
        "409: a request with this Idempotency-Key is still being answered.",
    ),
    (
        "precondition-failed",
        "412: the post is in another version than If-Match names.",
    ),
    ("too-large", "413: a body is read up to 128 KiB."),
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
        "idempotency-key-reused",
        "422: the Idempotency-Key was used with another body.",
    ),
    (
        "precondition-required",
        "428: this service asks for If-Match with each change.",
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
pub(crate) const DOCUMENT: &str = include_str!("openapi.json");

/// The document, made anew.
#[must_use]
pub fn document() -> Value {
    docs::openapi::document(Api::openapi(), &PROBLEM_TYPES)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "posts",
        description = "A CRUD service whose users see only their own posts. Tokens come from the \
                       authorization server that the protected-resource metadata names.",
    ),
    paths(
        list::list,
        create::create,
        read::read,
        replace::replace,
        patch::patch,
        delete::delete,
        resource::metadata,
    ),
    tags((name = "posts"), (name = "about")),
    modifiers(&Bearer, &Forbidden),
)]
struct Api;

/// The scheme that every call to posts asks for.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(format!(
                "An access token (RFC 9068) with the scope {} to read and {} for the rest",
                Read::SCOPE,
                Write::SCOPE
            )))
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// A call that needs a token needs its scope too.
struct Forbidden;

impl Modify for Forbidden {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for item in openapi.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            let secured = operations.into_iter().flatten();
            for operation in secured.filter(|operation| operation.security.is_some()) {
                let refused = RefOr::Ref(Ref::from_response_name("Refused"));
                let responses = &mut operation.responses.responses;
                responses.insert("403".to_owned(), refused);
            }
        }
    }
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
        let how = "cargo test -p posts --lib openapi -- --ignored writes it anew";
        assert!(DOCUMENT == made(), "{how}");
    }

    #[test]
    #[ignore = "writes into the sources"]
    fn the_document_is_written_anew() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/openapi.json");
        fs::write(file, made()).unwrap();
    }
}

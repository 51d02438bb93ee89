//! JSON bodies at the door: media type, size, syntax and fields, each with its own answer.
//!
//! 415 for another media type or a content coding, 413 for a body over the route's limit, 400 for what is not JSON,
//! 422 with every wrong field at once for what is. A member that appears twice is not JSON here
//! (RFC 8259 §4 leaves its meaning open, so two readers could understand it differently).
//! Members that nobody asks for are ignored.

mod fields;
mod object;

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

pub use self::fields::{Change, Fields, FromFields};
use self::object::Object;
use crate::limits::{BodyTimeout, Overloaded, is_caused_by};
use crate::problem::{FieldError, Problem};

/// A body sent as `application/json`.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

/// A body sent as `application/merge-patch+json` (RFC 7396).
#[derive(Debug, Clone)]
pub struct MergePatch<T>(pub T);

impl<T: FromFields, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !has_media_type(request.headers(), "application/json") {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        check_coding(request.headers(), "application/json")?;
        parse(&read(request, state).await?).map(Json)
    }
}

impl<T: FromFields, S: Send + Sync> FromRequest<S> for MergePatch<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !has_media_type(request.headers(), "application/merge-patch+json") {
            // RFC 5789 §2.2: a patch in an unsupported format is answered with Accept-Patch.
            return Err(
                Problem::unsupported_media_type("application/merge-patch+json").header(
                    HeaderName::from_static("accept-patch"),
                    HeaderValue::from_static("application/merge-patch+json"),
                ),
            );
        }
        check_coding(request.headers(), "application/merge-patch+json")?;
        parse(&read(request, state).await?).map(MergePatch)
    }
}

/// Reads a whole body, up to the limit that [`crate::edge`] or the route has set.
///
/// # Errors
/// 413 when it is larger, 408 when it did not arrive in time, 503 when there is no room for it, 400
/// when it broke off.
pub async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| {
            if is_caused_by::<BodyTimeout>(&rejection) {
                return Problem::request_timeout();
            }
            if is_caused_by::<Overloaded>(&rejection) {
                return Problem::overloaded().last_of_connection();
            }
            match rejection.status() {
                http::StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
                _ => Problem::bad_request("The body broke off."),
            }
        })
}

/// Reads the fields of a JSON object.
///
/// # Errors
/// 400 when this is not JSON, 422 when it is not an object or fields of it are wrong.
pub fn parse<T: FromFields>(body: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(body)
        .map_err(|_| Problem::bad_request("The body is not UTF-8, so it is not JSON."))?;
    let object = match Object::read(text) {
        Ok(Object::Members(members)) => members,
        Ok(Object::Other) => return Err(no_object::<T>()),
        Err(error) => return Err(not_json(&error)),
    };
    let mut fields = Fields::new(object);
    let value = T::from_fields(&mut fields);
    fields.finish(value)
}

/// What is no object has no members, so each that is needed is missing.
fn no_object<T: FromFields>() -> Problem {
    let mut fields = Fields::new(BTreeMap::new());
    let _incomplete = T::from_fields(&mut fields);
    let mut errors = fields.into_errors();
    if errors.is_empty() {
        errors.push(FieldError {
            field: String::new(),
            message: "must be a JSON object".to_owned(),
        });
    }
    Problem::invalid(errors).detail("The body must be a JSON object.")
}

/// Names the place and never repeats the input.
fn not_json(error: &serde_json::Error) -> Problem {
    Problem::bad_request(format!(
        "The body is not JSON: line {}, column {}.",
        error.line(),
        error.column()
    ))
}

/// Compares type and subtype (RFC 9110 §8.3.1: without regard to case); parameters don't matter.
fn has_media_type(headers: &HeaderMap, expected: &str) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(expected)
}

/// RFC 9110 §8.4.1: a coding that is not understood is 415, with those that are in Accept-Encoding.
///
/// # Errors
/// The body is compressed or otherwise coded.
pub fn check_coding(headers: &HeaderMap, expected: &'static str) -> Result<(), Problem> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    if codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    let problem = Problem::unsupported_media_type(expected);
    let plain = HeaderValue::from_static("identity");
    Err(problem
        .detail("The body must be sent without a Content-Encoding.")
        .header(header::ACCEPT_ENCODING, plain))
}

#[cfg(test)]
mod tests;

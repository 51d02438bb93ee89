//! Every error answer: a problem document (RFC 9457).

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

/// A problem document on its way to the client.
///
/// [`crate::request_id`] adds the member `request_id` when the answer leaves.
#[derive(Debug, Clone)]
pub struct Problem(Box<Content>);

#[derive(Debug, Clone)]
struct Content {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    headers: HeaderMap,
}

/// One entry of the member `errors`: which field of the request is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Name of the field, or of the query parameter.
    pub field: String,
    /// What is wrong with it, for a person.
    pub message: String,
}

impl Problem {
    /// A problem whose `type` is `/docs#<kind>` and whose `detail` repeats the title.
    #[must_use]
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self(Box::new(Content {
            status,
            kind,
            title,
            detail: Cow::Borrowed(title),
            errors: Vec::new(),
            members: Map::new(),
            headers: HeaderMap::new(),
        }))
    }

    /// Says what happened in this case.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// Adds one entry to `errors`.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.errors.push(FieldError {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    /// Adds many entries to `errors`.
    #[must_use]
    pub fn fields(mut self, errors: impl IntoIterator<Item = FieldError>) -> Self {
        self.0.errors.extend(errors);
        self
    }

    /// Adds an extension member (RFC 9457 §3.2).
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.append(name, value);
        self
    }

    /// Sets `Retry-After`, in whole seconds, rounded up so that it never invites too early.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// Ends the connection with this answer, as what is left of the body is not read.
    #[must_use]
    pub(crate) fn last_of_connection(self) -> Self {
        self.header(header::CONNECTION, HeaderValue::from_static("close"))
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The entries of `errors`.
    #[must_use]
    pub fn into_fields(self) -> Vec<FieldError> {
        self.0.errors
    }

    /// The stable name of this kind of problem: the fragment of its `type`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }
}

/// The problems that any service may have to report.
impl Problem {
    /// 400: the request cannot be read.
    #[must_use]
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "Bad request").detail(detail)
    }

    /// 403: the caller may not do this.
    #[must_use]
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Forbidden").detail(detail)
    }

    /// 414: the target is longer than this service reads.
    #[must_use]
    pub(crate) fn target_too_long() -> Self {
        Self::new(
            StatusCode::URI_TOO_LONG,
            "target-too-long",
            "Target too long",
        )
    }

    /// 431: more header fields than this service reads.
    #[must_use]
    pub(crate) fn header_too_large() -> Self {
        Self::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "header-too-large",
            "Header fields too large",
        )
    }

    /// 404: there is nothing here, or nothing for this caller.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found")
            .detail("There is nothing at this address.")
    }

    /// 405: the router adds `Allow`.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "Method not allowed",
        )
        .detail("The header Allow lists the methods that this address knows.")
    }

    /// 408: the body did not arrive in time. The connection ends with this answer.
    #[must_use]
    pub fn request_timeout() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "request-timeout",
            "Request timeout",
        )
        .detail("The body of the request did not arrive in time.")
        .last_of_connection()
    }

    /// 409: what is asked for contradicts what is there.
    #[must_use]
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Conflict").detail(detail)
    }

    /// 413: the body is larger than this service reads.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "Content too large",
        )
        .detail("The body is larger than this service accepts.")
    }

    /// 415: `expected` is the media type that would have been read.
    #[must_use]
    pub fn unsupported_media_type(expected: &'static str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "Unsupported media type",
        )
        .detail(format!("The body must be sent as {expected}."))
        .header(header::ACCEPT, HeaderValue::from_static(expected))
    }

    /// 422: the request was understood, and these fields of it are wrong.
    #[must_use]
    pub fn invalid(errors: impl IntoIterator<Item = FieldError>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Invalid content",
        )
        .detail("The member errors names each field that is wrong.")
        .fields(errors)
    }

    /// 429: the caller has to slow down.
    #[must_use]
    pub fn too_many_requests(wait: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Too many requests",
        )
        .retry_after(wait)
    }

    /// 500: the error goes to the log, once, under the request's id; the body says nothing of it.
    #[must_use]
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "internal error");
        Self::internal_silent()
    }

    /// 500 for an error that is in the log already.
    pub(crate) fn internal_silent() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal server error",
        )
        .detail("The service's log has the reason under this request's id.")
    }

    /// 503: the same request may succeed later.
    #[must_use]
    pub fn unavailable(retry_after: Duration) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Service unavailable",
        )
        .detail("The service cannot answer this at the moment.")
        .retry_after(retry_after)
    }

    /// 503: the service has more requests than it takes.
    pub(crate) fn overloaded() -> Self {
        Self::unavailable(Duration::from_secs(1)).detail("Too many requests are in progress.")
    }

    /// 507: the storage is full; reading still works.
    #[must_use]
    pub fn storage_full() -> Self {
        Self::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "storage-full",
            "Storage full",
        )
        .detail("Nothing can be stored at the moment; reading still works.")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body(None));
        *response.status_mut() = self.0.status;
        response.headers_mut().extend(self.0.headers.clone());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
        headers.insert(header::CACHE_CONTROL, NO_STORE);
        response.extensions_mut().insert(Unaddressed(self));
        response
    }
}

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Rewrites a problem document with the id of the request it answers.
pub(crate) fn address(response: &mut Response, request_id: &str) {
    if let Some(Unaddressed(problem)) = response.extensions_mut().remove::<Unaddressed>() {
        *response.body_mut() = problem.body(Some(request_id));
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
}

/// A problem that has become an answer but does not yet carry its request's id.
#[derive(Clone)]
struct Unaddressed(Problem);

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

impl Problem {
    /// Header fields and content, for where there is no router to answer.
    pub(crate) fn into_document(self, request_id: &str) -> (HeaderMap, Vec<u8>) {
        let document = self.document(Some(request_id));
        let mut headers = self.0.headers;
        headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
        headers.insert(header::CACHE_CONTROL, NO_STORE);
        (headers, document)
    }

    fn body(&self, request_id: Option<&str>) -> Body {
        self.document(request_id).into()
    }

    fn document(&self, request_id: Option<&str>) -> Vec<u8> {
        let document = Document {
            r#type: format!("/docs#{}", self.0.kind),
            title: self.0.title,
            status: self.0.status.as_u16(),
            detail: &self.0.detail,
            request_id,
            errors: &self.0.errors,
            members: &self.0.members,
        };
        // Strings, numbers and maps with string keys: there is nothing here that JSON cannot say.
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;

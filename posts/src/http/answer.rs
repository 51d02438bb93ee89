//! The answers that carry posts.
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::idempotency::Answer;
use crate::post::Post;
use crate::precondition::etag;

/// A post is its author's alone, and is asked for again before it is used again.
pub(crate) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Header fields of a list, those included that are added on its way out: room for all of them at
/// once, as a list is what is asked for most.
const FIELDS_OF_A_LIST: usize = 8;

/// Posts, as the JSON array that they are.
pub(crate) fn list(json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    let headers = response.headers_mut();
    headers.reserve(FIELDS_OF_A_LIST);
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, PRIVATE);
    response
}

/// A post with its `ETag`.
pub(crate) fn post(post: &Post) -> Response {
    let headers = [(CONTENT_TYPE, JSON), (CACHE_CONTROL, PRIVATE)];
    (headers, [(ETAG, etag(post.version))], json(post)).into_response()
}

/// The client has the post as it is (RFC 9110 §15.4.5).
pub(crate) fn not_modified(post: &Post) -> Response {
    (
        StatusCode::NOT_MODIFIED,
        [(CACHE_CONTROL, PRIVATE)],
        [(ETAG, etag(post.version))],
    )
        .into_response()
}

/// The answer to the making of a post, in the form that is kept for its key.
pub(crate) fn created(post: &Post) -> Answer {
    let header = |name: HeaderName, value: String| (name.as_str().to_owned(), value);
    Answer {
        status: StatusCode::CREATED.as_u16(),
        headers: vec![
            header(CONTENT_TYPE, "application/json".to_owned()),
            header(CACHE_CONTROL, "private, no-cache".to_owned()),
            header(LOCATION, format!("/api/posts/{}", post.id)),
            header(ETAG, etag(post.version)),
        ],
        body: json(post),
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The times of a post are times that this program has written, and could so write again.
fn json(post: &Post) -> Vec<u8> {
    post.to_json().unwrap_or_default()
}

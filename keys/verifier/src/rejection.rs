//! What a caller is told when a request is refused (RFC 6750 §3, RFC 9457).

use axum::response::{IntoResponse, Response};

/// A request that was refused for its token, or for the lack of keys to judge it by.
#[derive(Debug)]
pub struct AuthRejection {}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        todo!()
    }
}

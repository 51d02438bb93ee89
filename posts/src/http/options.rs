//! `OPTIONS`: what may be asked of an address (RFC 9110 §9.3.7, RFC 5789 §3.1).
use axum::response::IntoResponse;
use http::header::ALLOW;
use http::{HeaderName, StatusCode};

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

/// `OPTIONS /api/posts`
pub(crate) async fn collection() -> impl IntoResponse {
    (
        StatusCode::NO_CONTENT,
        [(ALLOW, "GET, HEAD, POST, OPTIONS")],
    )
}

/// `OPTIONS /api/posts/{id}`
pub(crate) async fn post() -> impl IntoResponse {
    let headers = [
        (ALLOW, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
        (ACCEPT_PATCH, "application/merge-patch+json"),
    ];
    (StatusCode::NO_CONTENT, headers)
}

//! One id a request: taken from the client when it is sane, made here otherwise, found in the log,
//! in the answer's `X-Request-Id` and in every problem document.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use tracing::Instrument;
use uuid::Uuid;

use crate::problem;

/// The header that carries the id, in and out.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

/// The outermost layer of a service ([`crate::edge`] puts it there).
pub(crate) async fn layer(mut request: Request, next: Next) -> Response {
    let id = take_or_make(&request);
    let span = tracing::info_span!(
        "request",
        request_id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        path = request.uri().path(),
    );
    request.headers_mut().insert(X_REQUEST_ID, id.clone());
    let mut response = next.run(request).instrument(span).await;
    problem::address(&mut response, id.to_str().unwrap_or_default());
    response.headers_mut().insert(X_REQUEST_ID, id);
    response
}

fn take_or_make(request: &Request) -> HeaderValue {
    match request.headers().get(&X_REQUEST_ID) {
        Some(value) if is_sane(value.as_bytes()) => value.clone(),
        _ => make(),
    }
}

/// Letters, digits and `._:/+=-`: nothing that a log, a shell or a terminal could take for more.
fn is_sane(id: &[u8]) -> bool {
    (1..=MAX_LENGTH).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._:/+=-".contains(byte))
}

/// `UUIDv7`: sorts by time, so the log of a day is one range.
fn make() -> HeaderValue {
    let mut buffer = Uuid::encode_buffer();
    let text = Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use super::is_sane;

    #[test]
    fn an_id_that_could_harm_a_log_is_replaced() {
        for good in ["a", "0198-ff_x.y:z", "aGk+/w==", &"a".repeat(128)] {
            assert!(is_sane(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            " ",
            "a b",
            "a\u{7f}",
            "\u{e9}",
            "a\"b",
            "a\x1b[31m",
            &"a".repeat(129),
        ] {
            assert!(!is_sane(bad.as_bytes()), "{bad:?}");
        }
    }
}

//! One id a request: taken from the client when it is sane, made here otherwise, found in the log,
//! in the answer's `X-Request-Id` and in every problem document.

use std::cell::RefCell;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that carries the id, in and out. [`crate::edge`] sets it on the request too, so a
/// handler or another crate can read it there.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

#[derive(Clone)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    pub(crate) fn take_or_make(headers: &HeaderMap) -> Self {
        match headers.get(&X_REQUEST_ID) {
            Some(value) if is_sane(value.as_bytes()) => Self(value.clone()),
            _ => Self::make(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn write_to(&self, headers: &mut HeaderMap) {
        headers.insert(X_REQUEST_ID, self.0.clone());
    }

    /// A UUIDv7 sorts by time, so the log of a day is one range.
    fn make() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text = Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
        let value = HeaderValue::from_maybe_shared(shared(text));
        Self(value.unwrap_or_else(|_| HeaderValue::from_static("none")))
    }
}

/// Ids lie one after another in memory that is taken for a hundred of them at once: each is used in
/// several places, and all of them are gone within a request.
fn shared(text: &str) -> Bytes {
    thread_local! {
        static ROOM: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(4096));
    }
    ROOM.with_borrow_mut(|room| {
        room.extend_from_slice(text.as_bytes());
        room.split().freeze()
    })
}

/// Letters, digits and `_.:/+=-`: nothing that a log, a shell or a terminal could take for more.
fn is_sane(id: &[u8]) -> bool {
    (1..=MAX_LENGTH).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.:/+=-".contains(byte))
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

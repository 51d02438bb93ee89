//! Any lines as the `Authorization` headers of a request: without a signature there is no caller,
//! and the answer says so by 401.
#![no_main]

use std::sync::LazyLock;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HeaderValue};
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse;
use fuzz::{AUDIENCE, ISSUER, KEYS};
use libfuzzer_sys::fuzz_target;
use verifier::{Caller, Verifier};

static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::with_keys(KEYS.clone(), ISSUER, AUDIENCE));

fuzz_target!(|lines: &[u8]| {
    let mut request = Request::new(());
    for line in lines.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else {
            return;
        };
        request.headers_mut().append(AUTHORIZATION, value);
    }
    let (mut parts, ()) = request.into_parts();
    let caller = futures_executor::block_on(Caller::from_request_parts(&mut parts, &*VERIFIER));
    let status = caller
        .err()
        .map(|rejection| rejection.into_response().status());
    assert_eq!(status, Some(StatusCode::UNAUTHORIZED));
});

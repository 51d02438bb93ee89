//! Any text as a token: it gets a verdict, and without the private key never a good one.
#![no_main]

use std::sync::LazyLock;

use fuzz::{AUDIENCE, ISSUER, KEYS, NOW};
use libfuzzer_sys::fuzz_target;
use token::{Policy, UnverifiedToken, verify};

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(ISSUER, AUDIENCE));

fuzz_target!(|text: &str| {
    assert!(verify(text, &KEYS, &POLICY, NOW).is_err());
    if let Ok(token) = UnverifiedToken::parse(text) {
        assert!((1..=256).contains(&token.unverified_kid().len()));
        let _ = token.unverified_issuer();
    }
});

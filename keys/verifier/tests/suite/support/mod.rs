//! The clock, keys, issuers and log that tests script.

use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde_json::json;
use token::{ManualClock, Timestamp};
use verifier::testing::TestIssuer;
use verifier::{Builder, Verifier};

pub(crate) mod fake_issuer;
pub(crate) mod log;

use fake_issuer::{Answer, FakeIssuer};

/// How many key pairs there are.
pub(crate) const KEYS: usize = 5;

/// Made once: what differs between tests is who is said to have issued a token.
static PAIRS: LazyLock<[TestIssuer; KEYS]> =
    LazyLock::new(|| std::array::from_fn(|_| TestIssuer::new("unused", "unused")));

/// A clock that stands still, an issuer on loopback, and keys for it to serve.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) issuer: FakeIssuer,
}

impl World {
    /// The issuer serves the first key.
    pub(crate) async fn new() -> Self {
        let clock = ManualClock::new(Timestamp::from_unix_seconds(1_700_000_000));
        let issuer = FakeIssuer::start(serving(&[0])).await;
        Self { clock, issuer }
    }

    pub(crate) fn builder(&self) -> Builder {
        Verifier::builder(&self.issuer.url(), "posts").clock(Arc::new(self.clock.clone()))
    }

    pub(crate) fn verifier(&self) -> Verifier {
        self.builder().build().unwrap()
    }

    /// A good token, signed with that key now.
    pub(crate) fn token(&self, key: usize) -> String {
        token(key, &self.issuer.url(), "posts", &self.clock)
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// The set of these keys.
pub(crate) fn serving(keys: &[usize]) -> Answer {
    Answer::set(key_set(keys))
}

pub(crate) fn key_set(keys: &[usize]) -> String {
    let jwks: Vec<_> = keys.iter().map(|&key| jwk(key)).collect();
    format!(r#"{{"keys":[{}]}}"#, jwks.join(","))
}

pub(crate) fn jwk(key: usize) -> String {
    PAIRS[key].key().to_jwk()
}

/// The result of a future that does not wait.
pub(crate) fn at_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

/// A named pipe: whoever opens it waits for somebody to write.
#[cfg(unix)]
pub(crate) fn make_pipe(path: &std::path::Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// A good token of `jack`.
pub(crate) fn token(key: usize, issuer: &str, audience: &str, clock: &ManualClock) -> String {
    token_with(key, issuer, audience, clock, "posts:read")
}

pub(crate) fn token_with(
    key: usize,
    issuer: &str,
    audience: &str,
    clock: &ManualClock,
    scope: &str,
) -> String {
    let now = token::Clock::now(clock).unix_seconds();
    PAIRS[key].sign(&json!({
        "iss": issuer,
        "sub": "jack",
        "aud": audience,
        "iat": now,
        "exp": now + 900,
        "scope": scope,
    }))
}

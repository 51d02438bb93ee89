//! Tokens that have been verified, so that the next request with the same one costs a hash.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use moka::sync::Cache;
use token::{Claims, Timestamp};

/// How many verified tokens are remembered.
const MOST_VERDICTS: u64 = 10_000;

/// SHA-256 of a whole token, signature included: no two tokens share one, and what is kept in
/// memory is good for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; 32]);

/// A token found good.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) claims: Arc<Claims>,
    /// Which of the verifier's issuers it is from.
    pub(crate) issuer: usize,
    /// Of the key set it was verified with.
    pub(crate) generation: u64,
    pub(crate) verified_at: Timestamp,
}

/// The verdicts at hand.
pub(crate) struct Verdicts(Cache<TokenDigest, Verdict>);

impl TokenDigest {
    pub(crate) fn of(token: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        Self(bytes)
    }
}

impl Verdict {
    /// Whether the claims' times still hold without another look at them. In the leeway after
    /// `exp`, and when the clock was set back, the token is verified anew.
    pub(crate) fn holds_at(&self, now: Timestamp) -> bool {
        self.verified_at <= now && now < self.claims.expires_at
    }
}

impl Verdicts {
    pub(crate) fn new() -> Self {
        Self(Cache::new(MOST_VERDICTS))
    }

    pub(crate) fn get(&self, token: &TokenDigest) -> Option<Verdict> {
        self.0.get(token)
    }

    pub(crate) fn insert(&self, token: TokenDigest, verdict: Verdict) {
        self.0.insert(token, verdict);
    }
}

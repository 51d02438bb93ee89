//! The public half of a ring, ready to be served. Nothing here leads to a private half.

use std::sync::Arc;

use arc_swap::ArcSwap;
use token::{KeySet, Timestamp};

/// The key set as it is served: rendered once for each change of the ring.
#[derive(Debug)]
pub struct PublishedKeys {
    key_set: Arc<KeySet>,
    body: Arc<[u8]>,
    etag: String,
}

impl PublishedKeys {
    /// The keys, to check tokens with.
    #[must_use]
    pub const fn key_set(&self) -> &Arc<KeySet> {
        &self.key_set
    }

    /// The JWK Set document (RFC 7517 §5), the signing key first.
    #[must_use]
    pub const fn body(&self) -> &Arc<[u8]> {
        &self.body
    }

    /// A strong entity tag in its quotes (RFC 9110 §8.8.3).
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The value of `Cache-Control`. No answer is fresh past the next planned change of the set.
    #[must_use]
    pub fn cache_control(&self, _now: Timestamp) -> String {
        todo!()
    }
}

/// Hands out the key set of the moment. Clones see the same ring.
#[derive(Clone)]
pub struct Published(Arc<ArcSwap<PublishedKeys>>);

impl Published {
    /// The set of the moment.
    #[must_use]
    pub fn current(&self) -> Arc<PublishedKeys> {
        self.0.load_full()
    }
}

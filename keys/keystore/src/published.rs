//! The public half of a ring, ready to be served. Nothing here leads to a private half.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use token::{KeySet, KeySetError, PublicKey, Timestamp, WeakKey};

use crate::lifecycle::next_publication;
use crate::repository::StoredRing;
use crate::schedule::Schedule;

mod pem;

/// The key set as it is served: rendered once for each change of the ring.
#[derive(Debug)]
pub struct PublishedKeys {
    key_set: Arc<KeySet>,
    body: Arc<[u8]>,
    etag: String,
    jwks_max_age: Duration,
    stale_if_error: Duration,
    next_change: Option<Timestamp>,
}

/// A stored key cannot be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Verifiers would refuse it.
    #[error("a stored public key is weak or damaged: {0}")]
    Weak(#[from] WeakKey),
    /// Verifiers would refuse all of them together.
    #[error("the stored keys do not make a key set: {0}")]
    KeySet(#[from] KeySetError),
    /// It has no encoding.
    #[error("a stored public key cannot be written as PEM")]
    Encoding,
}

impl PublishedKeys {
    /// What is public of `ring` at `now`.
    pub(crate) fn of(
        ring: &StoredRing,
        schedule: &Schedule,
        now: Timestamp,
    ) -> Result<Self, PublishError> {
        let keys = ring
            .published(now)
            .into_iter()
            .map(|key| PublicKey::from_components(&key.modulus, &key.exponent))
            .collect::<Result<_, _>>()?;
        let key_set = KeySet::from_keys(keys)?;
        Ok(Self::render(
            key_set,
            schedule,
            ring.next_change_of_set(schedule, now),
        ))
    }

    fn render(key_set: KeySet, schedule: &Schedule, next_change: Option<Timestamp>) -> Self {
        let body = key_set.to_json();
        Self {
            etag: format!(
                "\"{}\"",
                URL_SAFE_NO_PAD.encode(digest(&SHA256, body.as_bytes()))
            ),
            body: body.into_bytes().into(),
            key_set: Arc::new(key_set),
            jwks_max_age: schedule.jwks_max_age(),
            stale_if_error: schedule.stale_if_error(),
            next_change,
        }
    }

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

    /// Every key as a PEM block of `SubjectPublicKeyInfo` (RFC 7468 §13).
    ///
    /// # Errors
    /// Never, for keys that a [`token::PublicKey`] admits.
    pub fn to_pem(&self) -> Result<String, PublishError> {
        self.key_set
            .kids()
            .filter_map(|kid| self.key_set.find(kid.as_str()))
            .map(|key| pem::of(key).map_err(|_| PublishError::Encoding))
            .collect()
    }

    /// For how long from `now` an answer may be taken as fresh: never past the next planned
    /// change of the set. A change that is overdue is one that nobody can plan with.
    #[must_use]
    pub fn max_age(&self, now: Timestamp) -> Duration {
        match self.next_change {
            Some(change) if change > now => self.jwks_max_age.min(change.since(now)),
            _ => self.jwks_max_age,
        }
    }

    /// The value of `Cache-Control` (RFC 9111 §5.2, RFC 5861 §4).
    #[must_use]
    pub fn cache_control(&self, now: Timestamp) -> String {
        let (max_age, stale) = (self.max_age(now).as_secs(), self.stale_if_error.as_secs());
        format!("public, max-age={max_age}, stale-if-error={stale}")
    }
}

/// Hands out the key set of the moment. Clones see the same ring.
#[derive(Clone, Debug)]
pub struct Published(Arc<ArcSwap<PublishedKeys>>);

impl Published {
    /// The set of the moment.
    #[must_use]
    pub fn current(&self) -> Arc<PublishedKeys> {
        self.0.load_full()
    }

    pub(crate) fn new(keys: PublishedKeys) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(keys)))
    }

    pub(crate) fn replace(&self, keys: PublishedKeys) {
        self.0.store(Arc::new(keys));
    }
}

impl StoredRing {
    /// The next moment known today at which the bytes of the set change.
    fn next_change_of_set(&self, schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
        self.next_change(now)
            .into_iter()
            .chain(next_publication(self, schedule, now))
            .min()
    }
}

#[cfg(test)]
mod tests;

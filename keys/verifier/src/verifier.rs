//! The verifier itself: which key set a token belongs to, and the verdict on it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use token::{Claims, KeySet, Rejection};

use crate::builder::{Builder, ConfigError};
use crate::readiness::Readiness;

/// Verifies access tokens against the key sets of the issuers it was made for.
///
/// Cheap to clone: every clone shares the same keys and cached verdicts.
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<()>,
}

impl Verifier {
    /// A verifier of tokens that `issuer` has issued for `audience`, with every other setting at
    /// its default. The key set is read from `<issuer>/.well-known/jwks.json` at first use.
    ///
    /// # Errors
    /// [`ConfigError`] when the issuer is no URL that keys may be fetched from.
    pub fn new(issuer: &str, audience: &str) -> Result<Self, ConfigError> {
        Self::builder(issuer, audience).build()
    }

    /// Starts a verifier whose settings differ from the defaults.
    #[must_use]
    pub fn builder(issuer: &str, audience: &str) -> Builder {
        Builder::new(issuer, audience)
    }

    /// A verifier that holds these keys for ever and fetches nothing.
    #[must_use]
    pub fn with_keys(keys: KeySet, issuer: &str, audience: &str) -> Self {
        let _ = (keys, issuer, audience);
        todo!()
    }

    /// Verifies one token: its form, signature, issuer, audience and times.
    ///
    /// A token whose key is held is answered without waiting.
    ///
    /// # Errors
    /// [`VerifyError::Rejected`] when the token is bad, [`VerifyError::Unavailable`] when no
    /// usable key set could be had to tell.
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, VerifyError> {
        let _ = token;
        todo!()
    }

    /// Refreshes the key sets ahead of their expiry for as long as it is polled. A service with
    /// its own task lifecycle runs this; without it, requests drive the refresh.
    pub async fn keep_fresh(&self) -> Infallible {
        todo!()
    }

    /// Whether keys are held, how many, and for how long they have not been confirmed.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        todo!()
    }
}

/// Why a token was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The token is bad.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// No usable key set is held, so nothing can be said about the token.
    #[error("no usable key set is held; try again in {} s", retry_after.as_secs())]
    Unavailable {
        /// How long to wait before the next attempt can succeed.
        retry_after: Duration,
    },
}

impl VerifyError {
    /// A stable name for log and metric.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Unavailable { .. } => "key_set_unavailable",
        }
    }
}

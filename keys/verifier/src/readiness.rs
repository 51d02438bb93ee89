//! What a readiness probe wants to know.

use std::time::Duration;

/// The state of the key sets, for `/readyz` and `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    pub(crate) issuers: Vec<IssuerReadiness>,
}

/// The key set of one issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerReadiness {
    /// The issuer, as in `iss`.
    pub issuer: String,
    /// How many usable keys are held; 0 when there are none or they have become too old.
    pub keys: usize,
    /// For how long the issuer has not confirmed the set; `None` when none is held.
    pub age: Option<Duration>,
    /// Why the last attempt to refresh it failed; `None` when it succeeded.
    pub problem: Option<String>,
}

impl Readiness {
    /// Whether the tokens of every issuer can be verified.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.issuers.iter().all(|issuer| issuer.keys > 0)
    }

    /// How many usable keys are held in all.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.issuers.iter().map(|issuer| issuer.keys).sum()
    }

    /// The age of the oldest set; `None` when any issuer's is missing.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.issuers
            .iter()
            .map(|issuer| issuer.age)
            .try_fold(Duration::ZERO, |oldest, age| Some(oldest.max(age?)))
    }

    /// Each issuer's own state, in the order they were configured.
    #[must_use]
    pub fn issuers(&self) -> &[IssuerReadiness] {
        &self.issuers
    }
}

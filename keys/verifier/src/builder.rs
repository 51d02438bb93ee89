//! Every setting of a verifier.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use token::{Clock, SystemClock};

use crate::challenge::Challenge;
use crate::fetch::TOTAL_LIMIT;
use crate::verifier::Verifier;

mod check;

use check::Problems;

/// Collects the settings of a [`Verifier`]. Made by [`Verifier::builder`].
#[must_use]
pub struct Builder {
    issuers: Vec<IssuerSettings>,
    max_stale: Duration,
    min_refetch: Duration,
    leeway: Duration,
    max_token_life: Duration,
    ca_file: Option<PathBuf>,
    allow_insecure_issuer: bool,
    reject_with: StatusCode,
    resource_metadata: Option<String>,
    realm: Option<String>,
    clock: Arc<dyn Clock>,
    fetch_limit: Duration,
}

struct IssuerSettings {
    issuer: String,
    audience: String,
    jwks_url: Option<String>,
    jwks_file: Option<PathBuf>,
    cache_file: Option<PathBuf>,
}

impl Builder {
    pub(crate) fn new(issuer: &str, audience: &str) -> Self {
        Self {
            issuers: vec![IssuerSettings::new(issuer, audience)],
            max_stale: Duration::from_hours(1),
            min_refetch: Duration::from_secs(10),
            leeway: Duration::from_secs(30),
            max_token_life: Duration::from_hours(1),
            ca_file: None,
            allow_insecure_issuer: false,
            reject_with: StatusCode::UNAUTHORIZED,
            resource_metadata: None,
            realm: None,
            clock: Arc::new(SystemClock),
            fetch_limit: TOTAL_LIMIT,
        }
    }

    /// Accepts the tokens of another issuer too, each with its own key set and audience. The
    /// settings of a source that follow (`jwks_url`, `jwks_file`, `cache_file`) are for this one.
    pub fn also(mut self, issuer: &str, audience: &str) -> Self {
        self.issuers.push(IssuerSettings::new(issuer, audience));
        self
    }

    /// Where the key set is fetched from, when not `<issuer>/.well-known/jwks.json`.
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.last().jwks_url = Some(url.into());
        self
    }

    /// Reads the key set from a file, again whenever it changes, for hosts without a network.
    pub fn jwks_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.last().jwks_file = Some(path.into());
        self
    }

    /// Where the last good key set is kept, so that a restart can serve while the issuer is down.
    pub fn cache_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.last().cache_file = Some(path.into());
        self
    }

    /// How long a key set may be used after the issuer last confirmed it (1 h).
    pub fn max_stale(mut self, limit: Duration) -> Self {
        self.max_stale = limit;
        self
    }

    /// The least time between two fetches caused by unknown key ids (10 s).
    pub fn min_refetch(mut self, gap: Duration) -> Self {
        self.min_refetch = gap;
        self
    }

    /// How far the issuer's clock may be from ours (30 s).
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// The longest `exp - iat` a token may have (1 h).
    pub fn max_token_life(mut self, limit: Duration) -> Self {
        self.max_token_life = limit;
        self
    }

    /// A PEM file of the certificates to trust for `https://`, instead of the system's.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Lets keys come over `http://` from hosts that are not loopback. Whoever is on the way
    /// can then replace the keys.
    pub fn allow_insecure_issuer(mut self) -> Self {
        self.allow_insecure_issuer = true;
        self
    }

    /// The status for a missing or bad token, when not 401.
    pub fn reject_with(mut self, status: StatusCode) -> Self {
        self.reject_with = status;
        self
    }

    /// The URL of the protected-resource metadata to name in challenges (RFC 9728 §5.1).
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.resource_metadata = Some(url.into());
        self
    }

    /// The realm of challenges, when not the first audience, less what cannot stand in a header.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// The clock to use, when not the system's: a [`ManualClock`](crate::ManualClock) in tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long one fetch may take in all, when less than the 5 s that none may exceed.
    pub fn fetch_limit(mut self, limit: Duration) -> Self {
        self.fetch_limit = limit;
        self
    }

    /// Checks every setting and makes the verifier, without any network access.
    ///
    /// # Errors
    /// [`ConfigError`] with all problems at once.
    pub fn build(self) -> Result<Verifier, ConfigError> {
        let mut problems = Problems::default();
        let issuers = self.check_issuers(&mut problems);
        self.check_challenge(&mut problems);
        if !problems.0.is_empty() {
            return Err(ConfigError {
                problems: problems.0,
            });
        }
        let realm = self.realm.as_ref().unwrap_or(&self.issuers[0].audience);
        let metadata = self.resource_metadata.as_deref();
        let challenge = Challenge::new(realm, metadata, self.reject_with);
        Ok(Verifier::from_parts(issuers, self.clock, challenge))
    }
}

/// Settings a verifier cannot be made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<ConfigProblem>,
}

/// One setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The builder's method that took it, or `issuer` or `audience`.
    pub setting: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl ConfigError {
    /// Every problem that was found.
    #[must_use]
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", problem.setting, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.issuers.iter().map(|settings| &settings.issuer);
        f.debug_struct("Builder")
            .field("issuers", &issuers.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Builder {
    fn last(&mut self) -> &mut IssuerSettings {
        let last = self.issuers.len() - 1;
        &mut self.issuers[last]
    }
}

impl IssuerSettings {
    fn new(issuer: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            jwks_url: None,
            jwks_file: None,
            cache_file: None,
        }
    }
}

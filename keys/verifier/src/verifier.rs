//! The verifier itself: which key set a token belongs to, and the verdict on it.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use token::{
    CheckedHeader, Claims, Clock, KeySet, MAX_TOKEN_BYTES, Policy, Rejection, SystemClock,
};
use token::{Timestamp, UnverifiedToken};

use crate::authorization::is_b64token;
use crate::builder::{Builder, ConfigError};
use crate::challenge::Challenge;
use crate::held::Held;
use crate::issuer::{Issuer, Keys};
use crate::metric;
use crate::readiness::Readiness;
use crate::verdicts::{Fingerprint, Verdict, Verdicts};

/// The longest that `keep_fresh` sleeps: timers stand still while the system is suspended, and
/// the clock that it looks at does not.
const LONGEST_NAP: Duration = Duration::from_secs(1);
const SHORTEST_NAP: Duration = Duration::from_millis(10);

/// Verifies access tokens against the key sets of the issuers it was made for.
///
/// Cheap to clone: every clone shares the same keys and cached verdicts.
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
}

struct Shared {
    /// At least one.
    issuers: Vec<Issuer>,
    verdicts: Verdicts,
    /// Of the token that was found good last.
    last_header: ArcSwapOption<CheckedHeader>,
    clock: Arc<dyn Clock>,
    challenge: Arc<Challenge>,
}

/// Why a token was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The token is bad.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// No usable key set is held, so nothing can be said about the token.
    #[error("no usable key set is held; the next attempt is in {} s", retry_after.as_secs())]
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
    pub fn builder(issuer: &str, audience: &str) -> Builder {
        Builder::new(issuer, audience)
    }

    /// A verifier that holds these keys for ever and fetches nothing.
    #[must_use]
    pub fn with_keys(keys: KeySet, issuer: &str, audience: &str) -> Self {
        Self::with_keys_and_clock(keys, issuer, audience, Arc::new(SystemClock))
    }

    pub(crate) fn with_keys_and_clock(
        keys: KeySet,
        issuer: &str,
        audience: &str,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let policy = Policy::new(issuer, audience);
        let issuers = vec![Issuer {
            policy,
            keys: Keys::Fixed(Held::fixed(keys)),
        }];
        Self::from_parts(issuers, clock, Challenge::for_realm(audience))
    }

    /// Verifies one token: its form, signature, issuer, audience and times.
    ///
    /// A token whose key is held is answered without waiting. To fetch keys takes a tokio runtime
    /// with I/O and time; without one nothing is fetched.
    ///
    /// # Errors
    /// [`VerifyError::Rejected`] when the token is bad, [`VerifyError::Unavailable`] when no
    /// usable key set could be had to tell.
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, VerifyError> {
        counted(match self.shared.recall(token.as_bytes()) {
            Ok(claims) => Ok(claims),
            Err(unknown) => self.shared.verify_anew(token.as_bytes(), unknown).await,
        })
    }

    /// The same for what a request presents as a token; `None` when that is none. What is good is a
    /// token, without a look at its characters.
    pub(crate) async fn verify_credentials(
        &self,
        credentials: &[u8],
    ) -> Option<Result<Arc<Claims>, VerifyError>> {
        let verdict = match self.shared.recall(credentials) {
            Ok(claims) => Ok(claims),
            Err(unknown) => self.shared.verify_anew(credentials, unknown).await,
        };
        if verdict.is_err() && !is_b64token(credentials) {
            return None;
        }
        Some(counted(verdict))
    }

    /// Refreshes the key sets ahead of their expiry for as long as it is polled. A service with
    /// its own task lifecycle runs this; without it, requests drive the refresh.
    pub async fn keep_fresh(&self) -> Infallible {
        loop {
            tokio::time::sleep(self.shared.refresh_what_is_due()).await;
        }
    }

    /// Attempts to refresh every key set now and waits until all attempts are over; readiness
    /// then says how they ended. For diagnosis: nothing else needs it.
    pub async fn refresh(&self) -> Readiness {
        for issuer in &self.shared.issuers {
            if let Some(remote) = issuer.keys.remote() {
                remote.refresh().await;
            }
        }
        self.readiness()
    }

    /// Whether keys are held, how many, and for how long they have not been confirmed.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let issuers = self.shared.issuers.iter();
        Readiness {
            issuers: issuers
                .map(|issuer| issuer.keys.readiness(issuer.policy.issuer()))
                .collect(),
        }
    }

    pub(crate) fn from_parts(
        issuers: Vec<Issuer>,
        clock: Arc<dyn Clock>,
        challenge: Challenge,
    ) -> Self {
        let (verdicts, challenge) = (Verdicts::new(), Arc::new(challenge));
        Self {
            shared: Arc::new(Shared {
                issuers,
                verdicts,
                last_header: ArcSwapOption::empty(),
                clock,
                challenge,
            }),
        }
    }

    pub(crate) fn challenge(&self) -> &Arc<Challenge> {
        &self.shared.challenge
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.shared.issuers.iter();
        let issuers: Vec<_> = issuers.map(|issuer| issuer.policy.issuer()).collect();
        f.debug_struct("Verifier")
            .field("issuers", &issuers)
            .finish_non_exhaustive()
    }
}

fn counted(verdict: Result<Arc<Claims>, VerifyError>) -> Result<Arc<Claims>, VerifyError> {
    match &verdict {
        Ok(_) => metric::accepted(),
        Err(error) => metric::rejected(error.code()),
    }
    verdict
}

/// A token without a verdict that counts, and what it will be remembered by.
struct Unknown(Option<Fingerprint>);

impl Shared {
    /// The claims of a token whose verdict is still known.
    fn recall(&self, token: &[u8]) -> Result<Arc<Claims>, Unknown> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Unknown(None));
        }
        let fingerprint = self.verdicts.fingerprint(token);
        let claims = fingerprint.and_then(|token| self.claims_of(&token, self.clock.now()));
        if claims.is_some() {
            metric::cache_hit();
        }
        claims.ok_or(Unknown(fingerprint))
    }

    fn claims_of(&self, token: &Fingerprint, now: Timestamp) -> Option<Arc<Claims>> {
        let verdict = self.verdicts.get(token)?;
        let generation = self.issuers.get(verdict.issuer)?.keys.generation()?;
        (verdict.generation == generation && verdict.holds_at(now)).then_some(verdict.claims)
    }

    async fn verify_anew(
        &self,
        token: &[u8],
        unknown: Unknown,
    ) -> Result<Arc<Claims>, VerifyError> {
        let verdict = self.judge(token).await?;
        if let Unknown(Some(fingerprint)) = unknown {
            self.verdicts.offer(fingerprint, &verdict);
        }
        Ok(verdict.claims)
    }

    async fn judge(&self, token: &[u8]) -> Result<Verdict, VerifyError> {
        let token = UnverifiedToken::parse_knowing(token, self.last_header.load().as_deref())?;
        let (index, issuer) = self.issuer_of(&token)?;
        let found = issuer.keys.find(token.unverified_kid()).await?;
        let now = self.clock.now();
        let claims = Arc::new(token.verify(&found.key, &issuer.policy, now)?);
        self.remember_header(&token);
        Ok(Verdict {
            issuer: index,
            generation: found.generation,
            verified_at: now,
            expires_at: claims.expires_at,
            claims,
        })
    }

    /// Of good tokens alone: nobody else gets to choose what is remembered.
    fn remember_header(&self, token: &UnverifiedToken<'_>) {
        let last = self.last_header.load();
        if !last.as_deref().is_some_and(|last| token.begins_with(last)) {
            self.last_header
                .store(Some(Arc::new(token.checked_header())));
        }
    }

    /// With one issuer there is nothing to choose; the policy compares `iss` in any case.
    fn issuer_of(&self, token: &UnverifiedToken<'_>) -> Result<(usize, &Issuer), Rejection> {
        if let [only] = self.issuers.as_slice() {
            return Ok((0, only));
        }
        let unverified = token.unverified_issuer().ok_or(Rejection::IssuerMismatch)?;
        let mut issuers = self.issuers.iter().enumerate();
        issuers
            .find(|(_, issuer)| issuer.policy.issuer() == unverified)
            .ok_or(Rejection::IssuerMismatch)
    }

    /// Starts what is due, and tells for how long nothing else can be.
    fn refresh_what_is_due(&self) -> Duration {
        let remotes = self
            .issuers
            .iter()
            .filter_map(|issuer| issuer.keys.remote());
        let now = self.clock.monotonic();
        let nap = remotes.fold(LONGEST_NAP, |nap, remote| {
            remote.keep_fresh();
            nap.min(remote.due().saturating_sub(now))
        });
        nap.max(SHORTEST_NAP)
    }
}

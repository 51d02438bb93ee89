//! What a verifier demands of a token beyond a good signature.

use std::time::Duration;

use crate::{Claims, Rejection, Timestamp};

/// Who must have issued a token, for whom, and how far its times are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    issuer: String,
    audience: String,
    leeway: Duration,
    max_token_life: Duration,
}

impl Policy {
    /// Tokens of `issuer` for `audience`, both compared byte for byte (RFC 7519 §4.1.1, §4.1.3),
    /// with 30 s of leeway and a life of one hour at most.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            leeway: Duration::from_secs(30),
            max_token_life: Duration::from_hours(1),
        }
    }

    /// How far the issuer's clock and ours may be apart.
    #[must_use]
    pub fn with_leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// The longest `exp − iat` that is accepted.
    #[must_use]
    pub fn with_max_token_life(self, max_token_life: Duration) -> Self {
        Self {
            max_token_life,
            ..self
        }
    }

    /// The `iss` demanded.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The value that `aud` must contain.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// How far the issuer's clock and ours may be apart.
    #[must_use]
    pub fn leeway(&self) -> Duration {
        self.leeway
    }

    /// The longest `exp − iat` that is accepted.
    #[must_use]
    pub fn max_token_life(&self) -> Duration {
        self.max_token_life
    }

    /// Holds the claims of a token with a good signature to this policy.
    pub(crate) fn check(&self, claims: &Claims, now: Timestamp) -> Result<(), Rejection> {
        if claims.issuer != self.issuer {
            return Err(Rejection::IssuerMismatch);
        }
        if !claims.audience.contains(&self.audience) {
            return Err(Rejection::AudienceMismatch);
        }
        self.check_life(claims)?;
        self.check_times(claims, now)
    }

    fn check_life(&self, claims: &Claims) -> Result<(), Rejection> {
        if claims.expires_at <= claims.issued_at {
            return Err(Rejection::LifeNotPositive);
        }
        if claims.expires_at.since(claims.issued_at) > self.max_token_life {
            return Err(Rejection::LifeTooLong);
        }
        Ok(())
    }

    fn check_times(&self, claims: &Claims, now: Timestamp) -> Result<(), Rejection> {
        let latest = now + self.leeway;
        if claims.issued_at > latest {
            return Err(Rejection::IssuedInFuture);
        }
        if claims
            .not_before
            .is_some_and(|not_before| not_before > latest)
        {
            return Err(Rejection::NotYetValid);
        }
        if now >= claims.expires_at + self.leeway {
            return Err(Rejection::Expired);
        }
        Ok(())
    }
}

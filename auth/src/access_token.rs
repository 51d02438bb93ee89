//! Access tokens (RFC 9068): whom they speak for, and how they are signed.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use keystore::{NoSigningKey, SignError};
use serde::Serialize;
use token::{Claims, Clock, KeySet, Policy, Rejection, Scope};

use crate::rotation::Keys;
use crate::session::SessionId;
use crate::settings::Issuer;

/// The `client_id` of every login by password: the program that people log in through is this
/// service's own front door, whatever they built before it.
pub const FIRST_PARTY_CLIENT: &str = "auth";

/// Whom a token speaks for.
pub struct Bearer<'a> {
    /// `sub` and `name`.
    pub subject: &'a str,
    /// `aud`.
    pub audience: &'a str,
    /// `client_id`.
    pub client_id: &'a str,
    /// `scope`.
    pub scope: &'a Scope,
    /// `sid`, for a login.
    pub session: Option<&'a SessionId>,
}

/// Signs the tokens of one issuer, and checks them when they come back.
pub struct AccessTokens {
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    issuer: Issuer,
    life: Duration,
    policies: Vec<Policy>,
}

/// Why a token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// There is no key at this moment.
    #[error(transparent)]
    NoKey(#[from] NoSigningKey),
    /// The signature failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    client_id: &'a str,
    scope: &'a Scope,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
}

impl AccessTokens {
    /// Tokens of `issuer` that live for `life` and may be for any of `audiences`.
    #[must_use]
    pub fn new(
        keys: Arc<Keys>,
        clock: Arc<dyn Clock>,
        issuer: Issuer,
        audiences: &[String],
        (life, leeway): (Duration, Duration),
    ) -> Self {
        let policy = |audience: &String| {
            Policy::new(issuer.as_str(), audience)
                .with_leeway(leeway)
                .with_max_token_life(life)
        };
        let policies = audiences.iter().map(policy).collect();
        Self {
            keys,
            clock,
            issuer,
            life,
            policies,
        }
    }

    /// How long a token lives.
    #[must_use]
    pub fn life(&self) -> Duration {
        self.life
    }

    /// Whether a token can be signed now, for who has to know before something is used up.
    ///
    /// # Errors
    /// There is no key to sign with.
    pub fn ready(&self) -> Result<(), MintError> {
        self.keys.signer()?;
        Ok(())
    }

    /// A signed token that begins now.
    ///
    /// # Errors
    /// There is no key to sign with, or the signature fails.
    pub fn mint(&self, bearer: &Bearer<'_>) -> Result<String, MintError> {
        let now = self.clock.now();
        let payload = Payload {
            iss: self.issuer.as_str(),
            sub: bearer.subject,
            aud: bearer.audience,
            iat: now.unix_seconds(),
            nbf: now.unix_seconds(),
            exp: (now + self.life).unix_seconds(),
            jti: BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()),
            client_id: bearer.client_id,
            scope: bearer.scope,
            name: bearer.subject,
            sid: bearer.session.map(SessionId::as_str),
        };
        Ok(self.keys.signer()?.sign(&payload)?)
    }

    /// Checks a token that this issuer may have signed, for whichever of its audiences.
    ///
    /// # Errors
    /// The reason it is refused.
    pub fn verify(&self, token: &str) -> Result<Claims, Rejection> {
        let published = self.keys.published().current();
        let keys: &KeySet = published.key_set();
        let now = self.clock.now();
        let mut refused = Rejection::AudienceMismatch;
        for policy in &self.policies {
            match token::verify(token, keys, policy, now) {
                Err(Rejection::AudienceMismatch) => {}
                Err(rejection) => {
                    refused = rejection;
                    break;
                }
                Ok(claims) => return Ok(claims),
            }
        }
        Err(refused)
    }
}

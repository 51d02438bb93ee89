//! An issuer in memory, for the tests of services that this crate protects. Behind the feature
//! `testing`, which belongs among the dev-dependencies: it can sign tokens.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use verifier::testing::TestIssuer;
//!
//! let issuer = TestIssuer::new("https://auth.example.com", "my-service");
//! let token = issuer.token("jack");
//! let claims = issuer.verifier().verify(&token).await.unwrap();
//! assert_eq!(claims.subject, "jack");
//! # });
//! ```

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use token::{Clock, KeySet, PublicKey, SystemClock};

use crate::verifier::Verifier;

/// How long the tokens of a [`TestIssuer`] live, in seconds.
const TOKEN_LIFE: i64 = 900;

/// An issuer with a key of its own, made anew with each value.
pub struct TestIssuer {
    pair: KeyPair,
    key: PublicKey,
    issuer: String,
    audience: String,
    clock: Arc<dyn Clock>,
}

impl TestIssuer {
    /// An issuer of tokens for `audience`, on the system's clock.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "for tests, where a panic is the right report"
    )]
    pub fn new(issuer: &str, audience: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key pair");
        let modulus = pair.public_key().modulus();
        let exponent = pair.public_key().exponent();
        let key = PublicKey::from_components(
            modulus.big_endian_without_leading_zero(),
            exponent.big_endian_without_leading_zero(),
        );
        Self {
            key: key.expect("a fresh key is strong"),
            pair,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            clock: Arc::new(SystemClock),
        }
    }

    /// The same issuer by another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// A verifier that knows this issuer's key, goes by its clock and needs no network.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        let clock = Arc::clone(&self.clock);
        Verifier::with_keys_and_clock(self.key_set(), &self.issuer, &self.audience, clock)
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The key set, for a verifier or, by `to_json`, for an endpoint that serves it.
    ///
    /// # Panics
    /// Never: a set of one key is a good set.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "one key cannot be too many or twice the same"
    )]
    pub fn key_set(&self) -> KeySet {
        KeySet::from_keys(vec![self.key.clone()]).expect("a set of one key")
    }

    /// A good token of this subject, without scope.
    #[must_use]
    pub fn token(&self, subject: &str) -> String {
        self.sign(&self.claims(subject))
    }

    /// A good token of this subject with a scope, such as `"posts:read posts:write"`.
    #[must_use]
    pub fn token_with_scope(&self, subject: &str, scope: &str) -> String {
        let mut claims = self.claims(subject);
        claims["scope"] = json!(scope);
        self.sign(&claims)
    }

    /// The claims of a good token, to be changed and signed.
    #[must_use]
    pub fn claims(&self, subject: &str) -> Value {
        let now = self.clock.now().unix_seconds();
        json!({
            "iss": self.issuer,
            "sub": subject,
            "aud": self.audience,
            "iat": now,
            "exp": now + TOKEN_LIFE,
        })
    }

    /// A token with these claims, sense or nonsense.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": self.key.kid() });
        self.sign_parts(&header, claims)
    }

    /// A token with this header and these claims, sense or nonsense.
    ///
    /// # Panics
    /// When signing fails.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "for tests, where a panic is the right report"
    )]
    pub fn sign_parts(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(claims.to_string())
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .expect("a signature");
        format!("{signed}.{}", encode(signature))
    }
}

impl fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIssuer")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

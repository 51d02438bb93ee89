//! Tokens that nobody should accept: made by a stranger, unsigned, or keyed by public bytes.

use aws_lc_rs::{
    encoding::AsDer,
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};

/// Rewrites a good token into forgeries that keep its claims.
pub struct Forger {
    claims: Value,
    kid: String,
    stranger: KeyPair,
}

impl Forger {
    /// Takes the claims and the key id of a good token.
    ///
    /// # Panics
    /// When `token` is not a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let mut parts = token.split('.').map(|part| {
            BASE64URL
                .decode(part)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        });
        let header: Value = parts.next().flatten().expect("a token has a header");
        let claims = parts.next().flatten().expect("a token has claims");
        Self {
            claims,
            kid: header["kid"]
                .as_str()
                .expect("the header names a key")
                .to_owned(),
            stranger: KeyPair::generate(KeySize::Rsa2048).expect("a key can be made"),
        }
    }

    /// RS256 by a stranger's key under the issuer's key id.
    ///
    /// # Panics
    /// When signing fails.
    #[must_use]
    pub fn by_a_stranger(&self) -> String {
        self.by_a_stranger_under(&self.kid)
    }

    /// RS256 by a stranger's key under any key id.
    ///
    /// # Panics
    /// When signing fails.
    #[must_use]
    pub fn by_a_stranger_under(&self, kid: &str) -> String {
        self.token(
            &json!({ "alg": "RS256", "typ": "at+jwt", "kid": kid }),
            |message| {
                let mut signature = vec![0; self.stranger.public_modulus_len()];
                let random = SystemRandom::new();
                self.stranger
                    .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("the key can sign");
                signature
            },
        )
    }

    /// `alg` none, in any letter case, without a signature.
    #[must_use]
    pub fn unsigned(&self, alg: &str) -> String {
        self.token(
            &json!({ "alg": alg, "typ": "at+jwt", "kid": self.kid }),
            |_| Vec::new(),
        )
    }

    /// HS256 keyed by what everyone can read: the issuer's public key as published.
    #[must_use]
    pub fn keyed_by(&self, public: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, public);
        self.token(
            &json!({ "alg": "HS256", "typ": "at+jwt", "kid": self.kid }),
            |message| hmac::sign(&key, message).as_ref().to_vec(),
        )
    }

    /// The stranger's own public key in DER, for forgeries that bring their key along.
    ///
    /// # Panics
    /// When the key cannot be written as DER.
    #[must_use]
    pub fn strangers_public_key(&self) -> Vec<u8> {
        self.stranger
            .public_key()
            .as_der()
            .expect("a public key has a DER form")
            .as_ref()
            .to_vec()
    }

    fn token(&self, header: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let encode = |value: &Value| BASE64URL.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(&self.claims));
        format!("{message}.{}", BASE64URL.encode(sign(message.as_bytes())))
    }
}

//! An issuer of one key, who signs whatever a test asks for.
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Value, json};
use token::{PublicKey, Timestamp};

/// Who the tokens say they are from.
pub(crate) const ISSUER: &str = "http://127.0.0.1:4000";

/// Made once: a key takes a noticeable time to make.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

/// The key set of the issuer.
pub(crate) fn key_set() -> String {
    format!(r#"{{"keys":[{}]}}"#, public_key().to_jwk())
}

/// A token of fifteen minutes.
pub(crate) fn token(subject: &str, scope: &str, now: Timestamp) -> String {
    let claims = claims(subject, scope, now);
    sign(&claims)
}

/// The claims of such a token, to be spoilt.
pub(crate) fn claims(subject: &str, scope: &str, now: Timestamp) -> Value {
    json!({
        "iss": ISSUER,
        "sub": subject,
        "aud": "posts",
        "iat": now.unix_seconds(),
        "nbf": now.unix_seconds(),
        "exp": now.unix_seconds() + 900,
        "jti": uuid::Uuid::now_v7().to_string(),
        "client_id": "test",
        "scope": scope,
        "name": subject,
    })
}

/// A token of any claims.
pub(crate) fn sign(claims: &Value) -> String {
    let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": public_key().kid().to_string() });
    let message = format!("{}.{}", part(&header), part(claims));
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{message}.{}", BASE64URL.encode(signature))
}

fn part(value: &Value) -> String {
    BASE64URL.encode(value.to_string())
}

fn public_key() -> PublicKey {
    let key = KEY.public_key();
    let (modulus, exponent) = (key.modulus(), key.exponent());
    PublicKey::from_components(
        modulus.big_endian_without_leading_zero(),
        exponent.big_endian_without_leading_zero(),
    )
    .unwrap()
}

//! The issuer that the targets share: one key, made anew in each process, under the id `k`.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use token::{KeySet, Kid, PublicKey, Timestamp};

pub const ISSUER: &str = "i";
pub const AUDIENCE: &str = "a";
pub const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

static PAIR: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("a key can be made"));

pub static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let public = PAIR.public_key();
    let modulus = public.modulus().big_endian_without_leading_zero();
    let key = PublicKey::from_components(modulus, &[1, 0, 1]).expect("a new key is admitted");
    let kid = Kid::new("k").expect("a letter is a key id");
    KeySet::from_keys(vec![key.with_kid(kid)]).expect("one key is a set")
});

/// Header and claims, signed as they are.
pub fn sign(header: &[u8], claims: &[u8]) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mut signature = vec![0; PAIR.public_modulus_len()];
    PAIR.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .expect("a held key signs");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

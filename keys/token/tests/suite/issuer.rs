//! An issuer for tests: its keys are made anew in each run.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use token::{KeySet, Policy, PublicKey, Timestamp};

pub(crate) const ISSUER: &str = "https://auth.example.com";
pub(crate) const AUDIENCE: &str = "posts";

/// The moment of every test, and the `iat` of the good claims.
pub(crate) const NOW: i64 = 1_700_000_000;

pub(crate) const GOOD_CLAIMS: &str = r#"{"iss":"https://auth.example.com","sub":"jack","aud":"posts","iat":1700000000,"nbf":1700000000,"exp":1700000900,"jti":"0190-a","client_id":"cli","scope":"posts:read posts:write","name":"Jack","sid":"s1"}"#;

pub(crate) struct Issuer {
    pair: KeyPair,
    pub(crate) key: PublicKey,
}

/// The issuer that the verifying side knows.
pub(crate) static KNOWN: LazyLock<Issuer> = LazyLock::new(Issuer::generate);

/// An issuer that it does not know.
pub(crate) static STRANGER: LazyLock<Issuer> = LazyLock::new(Issuer::generate);

impl Issuer {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = pair.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero();
        let exponent = public.exponent().big_endian_without_leading_zero();
        let key = PublicKey::from_components(modulus, exponent).unwrap();
        Self { pair, key }
    }

    pub(crate) fn keys(&self) -> KeySet {
        KeySet::from_keys(vec![self.key.clone()]).unwrap()
    }

    pub(crate) fn kid(&self) -> &str {
        self.key.kid().as_str()
    }

    pub(crate) fn good_header(&self) -> String {
        format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{}"}}"#, self.kid())
    }

    pub(crate) fn good_token(&self) -> String {
        self.token(&self.good_header(), GOOD_CLAIMS)
    }

    /// Signs header and claims as they are, sense or nonsense.
    pub(crate) fn token(&self, header: &str, claims: &str) -> String {
        self.sign_parts(&encode(header), &encode(claims))
    }

    /// Signs two encoded parts as they are.
    pub(crate) fn sign_parts(&self, header: &str, claims: &str) -> String {
        self.sign_with(&RSA_PKCS1_SHA256, header, claims)
    }

    pub(crate) fn sign_with(
        &self,
        by: &'static dyn RsaEncoding,
        header: &str,
        claims: &str,
    ) -> String {
        let signed = format!("{header}.{claims}");
        let signature = self.signature(by, signed.as_bytes());
        format!("{signed}.{}", encode(signature))
    }

    pub(crate) fn signature(&self, by: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(by, &SystemRandom::new(), message, &mut signature)
            .unwrap();
        signature
    }

    /// The private key, for the attack of publishing it.
    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        AsDer::<Pkcs8V1Der<'_>>::as_der(&self.pair)
            .unwrap()
            .as_ref()
            .to_vec()
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

pub(crate) fn policy() -> Policy {
    Policy::new(ISSUER, AUDIENCE)
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_unix_seconds(NOW)
}

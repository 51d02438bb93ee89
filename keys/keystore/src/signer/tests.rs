use serde_json::{Value, json};

use super::*;
use crate::generate::{KeyBits, generate};

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_token_has_the_header_of_rfc_9068_and_a_signature_that_verifies() {
    let key = generate(KeyBits::Rsa2048).await.unwrap();
    let signer = Signer::from_pkcs8(&key.private_half).unwrap();
    let token = signer.sign(&json!({ "sub": "jack" })).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("{token}")
    };
    let kid = key.public.kid().as_str();
    assert_eq!(
        decoded(header),
        json!({ "alg": "RS256", "typ": "at+jwt", "kid": kid })
    );
    assert_eq!(decoded(claims), json!({ "sub": "jack" }));
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(
        key.public
            .verify(format!("{header}.{claims}").as_bytes(), &signature)
    );
    assert_eq!(JwtSigner::algorithm(&signer), Algorithm::RS256);
}

#[test]
fn what_is_no_key_makes_no_signer() {
    for bytes in [&b""[..], b"nonsense", &[0x30, 0x82, 0xff, 0xff]] {
        assert!(Signer::from_pkcs8(bytes).is_err());
    }
}

#[tokio::test]
async fn claims_that_are_not_json_are_an_error() {
    let key = generate(KeyBits::Rsa2048).await.unwrap();
    let signer = Signer::from_pkcs8(&key.private_half).unwrap();
    let not_json = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert!(matches!(signer.sign(&not_json), Err(SignError::Claims(_))));
}

/// A measurement, not a check: `cargo test -p keystore --release -- --ignored --nocapture signing`.
#[tokio::test]
#[ignore = "a measurement needs a quiet machine and an optimised build"]
async fn signing_with_a_held_key_against_parsing_it_each_time() {
    const TIMES: u32 = 2000;
    let key = generate(KeyBits::Rsa2048).await.unwrap();
    let signer = Signer::from_pkcs8(&key.private_half).unwrap();
    let claims = json!({ "sub": "jack", "filler": "x".repeat(260) });
    let measure = |sign: &dyn Fn() -> String| {
        let clock = token::SystemClock;
        let begin = token::Clock::monotonic(&clock);
        for _ in 0..TIMES {
            assert!(!sign().is_empty());
        }
        token::Clock::monotonic(&clock).saturating_sub(begin) / TIMES
    };
    let held = measure(&|| signer.sign(&claims).unwrap());
    let parsed = measure(&|| {
        let signer = Signer::from_pkcs8(&key.private_half).unwrap();
        signer.sign(&claims).unwrap()
    });
    println!("a token: {held:?} with a held key, {parsed:?} parsing it each time");
}

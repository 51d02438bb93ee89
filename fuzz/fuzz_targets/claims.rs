//! A header line and claims, signed by the known issuer: what is accepted means to an ordinary
//! JSON parser what it means to us.
#![no_main]

use std::sync::LazyLock;

use fuzz::{AUDIENCE, ISSUER, KEYS, NOW, sign};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use token::{Policy, verify};

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(ISSUER, AUDIENCE));

fuzz_target!(|data: &[u8]| {
    let split = data
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(data.len());
    let (header, claims) = data.split_at(split);
    let claims = claims.get(1..).unwrap_or_default();
    let Ok(verified) = verify(&sign(header, claims), &KEYS, &POLICY, NOW) else {
        return;
    };

    let header: Value = serde_json::from_slice(header).expect("an accepted header is JSON");
    let claims: Value = serde_json::from_slice(claims).expect("accepted claims are JSON");
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["kid"], "k");
    assert_eq!(header.get("crit"), None);
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], verified.subject.as_str());
    assert!(
        claims["aud"] == AUDIENCE || claims["aud"].as_array().unwrap().contains(&AUDIENCE.into())
    );
    assert_eq!(claims["exp"], verified.expires_at.unix_seconds());
    assert_eq!(claims["iat"], verified.issued_at.unix_seconds());
    assert!(verified.issued_at < verified.expires_at);
});

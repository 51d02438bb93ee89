//! Signatures: of another key, of another scheme, of other bytes, and numbers near a good one.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
};

use super::{Row, row};
use crate::issuer::{GOOD_CLAIMS, KNOWN, STRANGER, decode, encode};
use crate::numbers::sum;

pub(super) fn rows() -> Vec<Row> {
    [
        other_keys(),
        other_schemes(),
        keyed_by_the_public_key(),
        other_bytes(),
        other_numbers(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn other_keys() -> Vec<Row> {
    let named_right = STRANGER.token(&KNOWN.good_header(), GOOD_CLAIMS);
    vec![
        row("a stranger's token", STRANGER.good_token(), "unknown_key"),
        row("a stranger's signature", named_right, "bad_signature"),
    ]
}

fn other_schemes() -> Vec<Row> {
    let (header, claims) = (encode(KNOWN.good_header()), encode(GOOD_CLAIMS));
    let by = |scheme| KNOWN.sign_with(scheme, &header, &claims);
    vec![
        row(
            "PKCS #1 with SHA-384",
            by(&RSA_PKCS1_SHA384),
            "bad_signature",
        ),
        row(
            "PKCS #1 with SHA-512",
            by(&RSA_PKCS1_SHA512),
            "bad_signature",
        ),
        row("PSS with SHA-256", by(&RSA_PSS_SHA256), "bad_signature"),
        row("PSS with SHA-384", by(&RSA_PSS_SHA384), "bad_signature"),
        row("PSS with SHA-512", by(&RSA_PSS_SHA512), "bad_signature"),
    ]
}

/// The classic confusion (CVE-2015-9235): HMAC, with what everybody knows as the secret.
fn keyed_by_the_public_key() -> Vec<Row> {
    let secrets = [
        ("modulus", KNOWN.key.modulus().to_vec()),
        ("JWK", KNOWN.key.to_jwk().into_bytes()),
        ("key set", KNOWN.keys().to_json().into_bytes()),
        ("key id", KNOWN.kid().into()),
        ("nothing", Vec::new()),
    ];
    let headers = [
        (
            KNOWN.good_header().replace("RS256", "HS256"),
            "alg_not_allowed",
        ),
        (KNOWN.good_header(), "bad_signature"),
    ];
    let mut rows = Vec::new();
    for (secret_name, secret) in &secrets {
        for (header, code) in &headers {
            let signed = format!("{}.{}", encode(header), encode(GOOD_CLAIMS));
            let tag = hmac::sign(
                &hmac::Key::new(hmac::HMAC_SHA256, secret),
                signed.as_bytes(),
            );
            let token = format!("{signed}.{}", encode(tag));
            rows.push(row(format!("HMAC by {secret_name}, {header}"), token, code));
        }
    }
    rows
}

fn other_bytes() -> Vec<Row> {
    let (header, good_claims) = (KNOWN.good_header(), encode(GOOD_CLAIMS));
    let good = KNOWN.good_token();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let robert = encode(GOOD_CLAIMS.replace("jack", "robert"));
    let spaced = encode(format!("{header} "));
    let header = encode(header);
    let of = |text: &str| {
        let bytes = KNOWN.signature(&aws_lc_rs::signature::RSA_PKCS1_SHA256, text.as_bytes());
        format!("{signed}.{}", encode(bytes))
    };
    vec![
        row(
            "other claims",
            format!("{header}.{robert}.{signature}"),
            "bad_signature",
        ),
        row(
            "another header",
            format!("{spaced}.{good_claims}.{signature}"),
            "bad_signature",
        ),
        row("of the header alone", of(&header), "bad_signature"),
        row("of the claims alone", of(&good_claims), "bad_signature"),
        row("of the claims decoded", of(GOOD_CLAIMS), "bad_signature"),
        row(
            "of header and claims without the dot",
            of(&signed.replace('.', "")),
            "bad_signature",
        ),
        row(
            "of header and claims with a dot after",
            of(&format!("{signed}.")),
            "bad_signature",
        ),
        row("of nothing", of(""), "bad_signature"),
    ]
}

fn other_numbers() -> Vec<Row> {
    let good = KNOWN.good_token();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let signature = decode(signature);
    let modulus = KNOWN.key.modulus().to_vec();
    let with = |number: Vec<u8>| format!("{signed}.{}", encode(number));
    let changed = |at: usize, mask: u8| {
        let mut number = signature.clone();
        number[at] ^= mask;
        with(number)
    };
    let (mut one, mut minus_one) = (vec![0; 256], modulus.clone());
    one[255] = 1;
    minus_one[255] ^= 1;
    vec![
        row("no signature", format!("{signed}."), "bad_signature"),
        row("zero", with(vec![0; 256]), "bad_signature"),
        row("one", with(one), "bad_signature"),
        row("the modulus less one", with(minus_one), "bad_signature"),
        row("the modulus", with(modulus), "bad_signature"),
        row("all ones", with(vec![0xff; 256]), "bad_signature"),
        row("one byte", with(vec![1]), "bad_signature"),
        row(
            "one byte short at the end",
            with(signature[..255].to_vec()),
            "bad_signature",
        ),
        row(
            "one byte short at the start",
            with(signature[1..].to_vec()),
            "bad_signature",
        ),
        row(
            "a zero before",
            with([&[0], &signature[..]].concat()),
            "bad_signature",
        ),
        row(
            "a zero after",
            with([&signature[..], &[0]].concat()),
            "bad_signature",
        ),
        row(
            "twice",
            with([&signature[..], &signature[..]].concat()),
            "bad_signature",
        ),
        row(
            "backwards",
            with(signature.iter().rev().copied().collect()),
            "bad_signature",
        ),
        row("first bit changed", changed(0, 0x80), "bad_signature"),
        row("last bit changed", changed(255, 1), "bad_signature"),
        row("middle bit changed", changed(128, 0x10), "bad_signature"),
        row(
            "plus the modulus",
            signature_plus_modulus(),
            "bad_signature",
        ),
    ]
}

/// The same number modulo the modulus, still 256 bytes long.
fn signature_plus_modulus() -> String {
    for attempt in 0.. {
        let claims = GOOD_CLAIMS.replace("0190-a", &attempt.to_string());
        let token = KNOWN.token(&KNOWN.good_header(), &claims);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        if let Some(sum) = sum(&decode(signature), KNOWN.key.modulus()) {
            return format!("{signed}.{}", encode(sum));
        }
    }
    unreachable!()
}

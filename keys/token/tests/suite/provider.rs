//! The provider: RS256 verification, and an error for all else.

use jsonwebtoken::crypto::{self, JwtVerifier};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use token::install_verify_only;

use crate::issuer::KNOWN;

const ALL: [Algorithm; 12] = [
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::EdDSA,
];

fn public_key() -> DecodingKey {
    DecodingKey::from_rsa_raw_components(KNOWN.key.modulus(), KNOWN.key.exponent())
}

#[test]
fn the_process_can_verify_rs256() {
    install_verify_only();
    install_verify_only();
    let token = KNOWN.good_token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let verdict = |message: &str| {
        crypto::verify(
            signature,
            message.as_bytes(),
            &public_key(),
            Algorithm::RS256,
        )
        .unwrap()
    };
    assert!(verdict(message));
    assert!(!verdict("another text"));
}

#[test]
fn the_process_can_verify_nothing_else() {
    install_verify_only();
    let secret = DecodingKey::from_secret(KNOWN.key.modulus());
    for algorithm in ALL {
        let by_secret = crypto::verify("AA", b"text", &secret, algorithm).unwrap_err();
        assert_eq!(
            by_secret.kind(),
            &ErrorKind::UnsupportedAlgorithm,
            "{algorithm:?}"
        );
        if algorithm != Algorithm::RS256 {
            let by_key = crypto::verify("AA", b"text", &public_key(), algorithm).unwrap_err();
            assert_eq!(
                by_key.kind(),
                &ErrorKind::UnsupportedAlgorithm,
                "{algorithm:?}"
            );
        }
    }
}

#[test]
fn the_process_cannot_sign() {
    install_verify_only();
    let secret = EncodingKey::from_secret(b"secret");
    let private_key = EncodingKey::from_rsa_der(&KNOWN.pkcs8());
    for algorithm in ALL {
        for key in [&secret, &private_key] {
            let error = crypto::sign(b"text", key, algorithm).unwrap_err();
            assert_eq!(
                error.kind(),
                &ErrorKind::UnsupportedAlgorithm,
                "{algorithm:?}"
            );
        }
    }
}

#[test]
fn a_weak_key_is_refused_at_the_seam_too() {
    install_verify_only();
    let weak = DecodingKey::from_rsa_raw_components(&[0xff; 128], &[1, 0, 1]);
    let error = crypto::verify("AA", b"text", &weak, Algorithm::RS256).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidRsaKey(why) if why.contains("1024 bits")));
}

#[test]
fn a_held_key_is_a_verifier_of_rs256_for_jsonwebtoken() {
    let token = KNOWN.good_token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = crate::issuer::decode(signature);
    let verifier: &dyn JwtVerifier = &KNOWN.key;
    assert_eq!(verifier.algorithm(), Algorithm::RS256);
    assert!(verifier.verify(message.as_bytes(), &signature).is_ok());
    assert!(verifier.verify(b"another text", &signature).is_err());
}

#[test]
fn the_process_makes_no_jwk_from_a_private_key() {
    install_verify_only();
    let private_key = EncodingKey::from_rsa_der(&KNOWN.pkcs8());
    let error = Jwk::from_encoding_key(&private_key, Algorithm::RS256).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::UnsupportedAlgorithm);
    let public: Jwk = serde_json::from_str(&KNOWN.key.to_jwk()).unwrap();
    let error = public.thumbprint(ThumbprintHash::SHA256).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::UnsupportedAlgorithm);
}

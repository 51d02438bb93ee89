use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};

use super::*;

fn key(bits: usize) -> PrivateKey {
    PrivateKey::new(&mut rand::rngs::SysRng, bits).unwrap()
}

fn refused(pem: &str) -> PemError {
    NewKey::from_pem(pem).err().unwrap()
}

#[test]
fn both_forms_of_a_private_key_are_the_same_key() {
    let key = key(2048);
    let pkcs8 = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    let pkcs1 = key.to_pkcs1_pem(LineEnding::CRLF).unwrap();
    let read = |pem| NewKey::from_pem(pem).ok().unwrap().public.kid().clone();
    assert_eq!(read(&pkcs8), read(&pkcs1));
    assert_eq!(read(&format!("\n\n{}\n\n", *pkcs8)), read(&pkcs1));
}

#[test]
fn what_is_no_private_rsa_key_is_refused_by_what_it_is() {
    let key = key(2048);
    let public = key
        .to_public_key()
        .to_public_key_pem(LineEnding::LF)
        .unwrap();
    assert!(matches!(refused(&public), PemError::NotAPrivateKey(label) if label == "PUBLIC KEY"));
    assert!(matches!(refused(""), PemError::NotPem));
    assert!(matches!(refused("-----BEGIN"), PemError::NotPem));
    let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    let encrypted = pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    assert!(matches!(refused(&encrypted), PemError::Encrypted));
    let mislabelled = pem.replace("PRIVATE KEY", "RSA PRIVATE KEY");
    assert!(matches!(refused(&mislabelled), PemError::Damaged));
    // Ed25519 (RFC 8410 §10.3).
    let curve = "-----BEGIN PRIVATE KEY-----\n\
                 MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                 -----END PRIVATE KEY-----\n";
    assert!(matches!(refused(curve), PemError::NotRsa));
    // As `openssl ecparam -genkey` and `openssl genrsa -traditional -aes128` write them.
    let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let refused_by = refused(&format!("{parameters}{curve}"));
    assert!(matches!(refused_by, PemError::NotAPrivateKey(label) if label == "EC PARAMETERS"));
    let encrypted = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n";
    assert!(matches!(refused(encrypted), PemError::Encrypted));
}

#[test]
fn a_key_of_another_size_or_exponent_is_refused() {
    let pem = key(1024).to_pkcs8_pem(LineEnding::LF).unwrap();
    assert!(
        matches!(refused(&pem), PemError::Size(1024)),
        "{}",
        refused(&pem)
    );
    let three = PrivateKey::new_with_exp(&mut rand::rngs::SysRng, 2048, 3_u32.into()).unwrap();
    let pem = three.to_pkcs8_pem(LineEnding::LF).unwrap();
    assert!(matches!(refused(&pem), PemError::Exponent));
}

#[test]
fn a_damaged_key_is_refused_or_mended_and_breaks_nothing() {
    let pem = key(2048).to_pkcs8_pem(LineEnding::LF).unwrap();
    let kid = |pem: &str| Some(NewKey::from_pem(pem).ok()?.public.kid().clone());
    let whole = kid(&pem);
    for position in (40..pem.len() - 40).step_by(61) {
        let mut damaged = pem.as_bytes().to_vec();
        damaged[position] = if damaged[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        let read = kid(&String::from_utf8(damaged).unwrap());
        // The exponents of the primes, at the end, are computed anew and never believed.
        let mended = position > pem.len() / 2 && read == whole;
        assert!(read.is_none() || mended, "character {position}");
    }
}

use crate::sealing_key::SealingKeyFile;

use super::*;

fn sealing_key() -> std::sync::Arc<SealingKey> {
    let folder = tempfile::tempdir().unwrap();
    SealingKeyFile::created_when_missing(folder.path().join("sealing.key"))
        .load_or_create()
        .unwrap()
}

fn kid(text: &str) -> Kid {
    Kid::new(text).unwrap()
}

#[test]
fn what_is_sealed_opens_again_and_shows_nothing() {
    let key = sealing_key();
    let sealed = key.seal(&kid("a"), b"a private half").unwrap();
    assert_eq!(*key.open(&kid("a"), &sealed).unwrap(), b"a private half");
    assert!(
        !sealed
            .as_bytes()
            .windows(7)
            .any(|bytes| bytes == b"private")
    );
}

#[test]
fn no_nonce_is_used_twice() {
    let key = sealing_key();
    let seal = || key.seal(&kid("a"), b"a private half").unwrap();
    assert_ne!(seal().as_bytes()[1..13], seal().as_bytes()[1..13]);
}

#[test]
fn a_changed_bit_anywhere_does_not_open() {
    let key = sealing_key();
    let sealed = key.seal(&kid("a"), b"a private half").unwrap();
    for position in 0..sealed.as_bytes().len() {
        let mut changed = sealed.as_bytes().to_vec();
        changed[position] ^= 1;
        let opened = key.open(&kid("a"), &SealedKey::from_bytes(changed));
        assert!(opened.is_err(), "octet {position}");
    }
}

#[test]
fn a_sealed_half_opens_for_its_own_key_id_and_sealing_key_alone() {
    let (key, other) = (sealing_key(), sealing_key());
    let sealed = key.seal(&kid("a"), b"a private half").unwrap();
    let refused = Err(UnsealError::NotAuthentic(kid("b")));
    assert_eq!(key.open(&kid("b"), &sealed), refused);
    assert_eq!(
        other.open(&kid("a"), &sealed),
        Err(UnsealError::NotAuthentic(kid("a")))
    );
}

#[test]
fn an_envelope_that_was_cut_short_is_no_envelope() {
    let key = sealing_key();
    let sealed = key.seal(&kid("a"), b"a private half").unwrap();
    for length in 0..sealed.as_bytes().len() {
        let cut = SealedKey::from_bytes(sealed.as_bytes()[..length].to_vec());
        assert!(key.open(&kid("a"), &cut).is_err(), "{length} octets");
    }
}

//! Keys that must not be admitted, from moduli made for the purpose.

use token::{PublicKey, WeakKey};

use crate::issuer::KNOWN;

const E: &[u8] = &[1, 0, 1];

fn weakness(modulus: &[u8]) -> Option<WeakKey> {
    PublicKey::from_components(modulus, E).err()
}

/// A big-endian product; the small number times the large one.
fn times(number: &[u8], factor: u32) -> Vec<u8> {
    let mut carry = 0_u64;
    let mut digits = Vec::with_capacity(number.len() + 4);
    for byte in number.iter().rev() {
        let digit = u64::from(*byte) * u64::from(factor) + carry;
        digits.push(digit.to_le_bytes()[0]);
        carry = digit >> 8;
    }
    while carry > 0 {
        digits.push(carry.to_le_bytes()[0]);
        carry >>= 8;
    }
    digits.reverse();
    digits
}

/// `65537^exponent`: by construction a power of 65537 modulo every prime.
fn power_of_65537(exponent: usize) -> Vec<u8> {
    (0..exponent).fold(vec![1], |power, _| times(&power, 65_537))
}

#[test]
fn an_even_modulus_is_refused() {
    let mut modulus = KNOWN.key.modulus().to_vec();
    modulus[255] &= 0xfe;
    assert_eq!(weakness(&modulus), Some(WeakKey::SmallFactor(2)));
}

#[test]
fn a_modulus_with_a_small_factor_is_refused() {
    for prime in [2, 3, 5, 7, 11, 13, 251, 257, 509, 743, 751] {
        let modulus = times(KNOWN.key.modulus(), prime);
        assert_eq!(weakness(&modulus), Some(WeakKey::SmallFactor(prime)));
    }
}

#[test]
fn a_factor_beyond_trial_division_is_not_looked_for() {
    assert_eq!(weakness(&times(KNOWN.key.modulus(), 757)), None);
}

#[test]
fn the_roca_fingerprint_is_refused() {
    for exponent in [128, 150, 200] {
        assert_eq!(
            weakness(&power_of_65537(exponent)),
            Some(WeakKey::Roca),
            "{exponent}"
        );
    }
}

#[test]
fn the_length_is_counted_in_bits() {
    let bits = |bytes: usize, first: u8| {
        let mut modulus = vec![0xff; bytes];
        modulus[0] = first;
        weakness(&modulus)
    };
    assert_eq!(bits(128, 0xff), Some(WeakKey::ModulusTooShort(1024)));
    assert_eq!(bits(256, 0x7f), Some(WeakKey::ModulusTooShort(2047)));
    assert!(!matches!(
        bits(256, 0x80),
        Some(WeakKey::ModulusTooShort(_))
    ));
    assert!(!matches!(
        bits(1024, 0xff),
        Some(WeakKey::ModulusTooLong(_))
    ));
    assert_eq!(bits(1025, 0x01), Some(WeakKey::ModulusTooLong(8193)));
    assert_eq!(bits(4096, 0xff), Some(WeakKey::ModulusTooLong(32768)));
}

#[test]
fn the_exponent_is_odd_and_from_65537_to_33_bits() {
    let admitted = |exponent: &[u8]| PublicKey::from_components(KNOWN.key.modulus(), exponent);
    let refused: &[&[u8]] = &[
        &[1],
        &[2],
        &[3],
        &[17],
        &[0xff, 0xff],
        &[1, 0, 0],
        &[1, 0, 2],
        &[2, 0, 0, 0, 1],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1],
        &[1, 0, 0, 0, 0, 0, 1, 0, 1],
    ];
    for exponent in refused {
        assert_eq!(
            admitted(exponent).unwrap_err(),
            WeakKey::ExponentNotAllowed,
            "{exponent:?}"
        );
    }
    for exponent in [
        &[1, 0, 1][..],
        &[1, 0, 3],
        &[1, 0, 0, 1],
        &[1, 0xff, 0xff, 0xff, 0xff],
    ] {
        assert_eq!(admitted(exponent).unwrap().exponent(), exponent);
    }
}

#[test]
fn numbers_are_minimal() {
    let padded = [&[0], KNOWN.key.modulus()].concat();
    let of = |n: &[u8], e: &[u8]| PublicKey::from_components(n, e).unwrap_err();
    assert_eq!(of(&padded, E), WeakKey::NotMinimal);
    assert_eq!(of(KNOWN.key.modulus(), &[0, 1, 0, 1]), WeakKey::NotMinimal);
    assert_eq!(of(&[], E), WeakKey::NotMinimal);
    assert_eq!(of(KNOWN.key.modulus(), &[]), WeakKey::NotMinimal);
}

#[test]
fn an_admitted_key_says_what_it_is() {
    let key = &KNOWN.key;
    assert_eq!((key.bits(), key.exponent()), (2048, E));
    assert_eq!(
        format!("{key:?}"),
        format!("PublicKey {{ kid: Kid({}), bits: 2048, .. }}", key.kid())
    );
}

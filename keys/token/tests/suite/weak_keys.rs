//! Keys that must not be admitted, from moduli made for the purpose.

use token::{PublicKey, WeakKey};

use crate::issuer::KNOWN;
use crate::numbers::{sum, times};

const E: &[u8] = &[1, 0, 1];

fn weakness(modulus: &[u8]) -> Option<WeakKey> {
    PublicKey::from_components(modulus, E).err()
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
        assert_eq!(weakness(&modulus), Some(WeakKey::SmallFactor(prime.into())));
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

/// Differs from a power of 65537 at one prime only: with a residue there that is no power, it is an
/// honest modulus.
#[test]
fn a_modulus_that_misses_the_fingerprint_at_one_prime_is_admitted() {
    for odd_one in [11, 37, 79, 127, 157] {
        let all_others = ODD_PRIMES.iter().filter(|prime| **prime != odd_one);
        let step = all_others.fold(vec![1], |product, prime| times(&product, *prime));
        let step = times(&step, 2);
        let moduli = std::iter::successors(Some(power_of_65537(128)), |n| sum(n, &step));
        let verdicts: Vec<_> = moduli.take(400).map(|modulus| weakness(&modulus)).collect();
        assert!(verdicts.contains(&None), "{odd_one}");
        assert!(
            verdicts
                .iter()
                .filter(|verdict| **verdict == Some(WeakKey::Roca))
                .count()
                > 1
        );
    }
}

/// The primes of the fingerprint.
const ODD_PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

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

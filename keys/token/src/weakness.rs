//! What makes an RSA key unfit for use. A bad key is refused when it is admitted, so that nobody
//! has to think of it when a signature is checked.

/// Why an RSA public key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum WeakKey {
    /// A number is empty or starts with a zero octet (RFC 7518 §2, `Base64urlUInt`).
    #[error("the modulus or the exponent is not a minimal big-endian number")]
    NotMinimal,
    /// The modulus has this many bits, fewer than 2048 (RFC 7518 §3.3).
    #[error("the modulus has {0} bits, under 2048")]
    ModulusTooShort(usize),
    /// The modulus has this many bits, more than 8192.
    #[error("the modulus has {0} bits, over 8192")]
    ModulusTooLong(usize),
    /// The exponent is even, under 65537, or over 33 bits.
    #[error("the exponent is not an odd number from 65537 up to 33 bits")]
    ExponentNotAllowed,
    /// The modulus is divisible by this prime, under 752 (CA/Browser Forum BR §6.1.6).
    #[error("the modulus is divisible by {0}")]
    SmallFactor(u64),
    /// The modulus carries the fingerprint of CVE-2017-15361.
    #[error("the modulus carries the ROCA fingerprint (CVE-2017-15361)")]
    Roca,
    /// The cryptographic library does not take the key.
    #[error("the key cannot be parsed")]
    Unparsable,
}

impl WeakKey {
    /// A stable name for logs and metrics, in `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotMinimal => "not_minimal",
            Self::ModulusTooShort(_) => "modulus_too_short",
            Self::ModulusTooLong(_) => "modulus_too_long",
            Self::ExponentNotAllowed => "exponent_not_allowed",
            Self::SmallFactor(_) => "small_factor",
            Self::Roca => "roca",
            Self::Unparsable => "unparsable",
        }
    }
}

/// Refuses what is known to be weak. Both numbers are big-endian.
pub(crate) fn check(modulus: &[u8], exponent: &[u8]) -> Result<(), WeakKey> {
    if !is_minimal(modulus) || !is_minimal(exponent) {
        return Err(WeakKey::NotMinimal);
    }
    check_length(modulus)?;
    check_exponent(exponent)?;
    check_small_factors(modulus)?;
    check_roca(modulus)
}

/// The length of a minimal big-endian number in bits.
pub(crate) fn bits(number: &[u8]) -> usize {
    let unused = number
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    number.len() * 8 - unused
}

fn is_minimal(number: &[u8]) -> bool {
    number.first().is_some_and(|byte| *byte != 0)
}

fn check_length(modulus: &[u8]) -> Result<(), WeakKey> {
    match bits(modulus) {
        bits @ ..2048 => Err(WeakKey::ModulusTooShort(bits)),
        bits @ 8193.. => Err(WeakKey::ModulusTooLong(bits)),
        _ => Ok(()),
    }
}

/// The first odd number of 17 bits is 65537. 33 bits is what aws-lc goes up to: a longer exponent
/// only makes verification slow.
fn check_exponent(exponent: &[u8]) -> Result<(), WeakKey> {
    let odd = exponent.last().is_some_and(|byte| byte % 2 == 1);
    if odd && (17..=33).contains(&bits(exponent)) {
        Ok(())
    } else {
        Err(WeakKey::ExponentNotAllowed)
    }
}

fn check_small_factors(modulus: &[u8]) -> Result<(), WeakKey> {
    match primes(2..752).find(|prime| remainder(modulus, *prime) == 0) {
        Some(prime) => Err(WeakKey::SmallFactor(prime)),
        None => Ok(()),
    }
}

/// Nemec et al., "The Return of Coppersmith's Attack", §2.2: the primes of the vulnerable library
/// are `k · M + (65537^a mod M)` with `M` the product of the first primes, so their product is a
/// power of 65537 modulo each of those primes. An honest modulus passes all 38 once in 2^27.
fn check_roca(modulus: &[u8]) -> Result<(), WeakKey> {
    if primes(3..168).all(|prime| is_power_of_65537(remainder(modulus, prime), prime)) {
        Err(WeakKey::Roca)
    } else {
        Ok(())
    }
}

fn is_power_of_65537(residue: u64, prime: u64) -> bool {
    let powers = std::iter::successors(Some(1), |power| Some(power * 65_537 % prime));
    // The order of the group divides prime − 1, so that many powers are all there are.
    (1..prime).zip(powers).any(|(_, power)| power == residue)
}

fn remainder(number: &[u8], divisor: u64) -> u64 {
    // Six bytes at a time still fit beside a remainder of at most 16 bits.
    number.chunks(6).fold(0, |rest, bytes| {
        bytes
            .iter()
            .fold(rest, |value, byte| value * 256 + u64::from(*byte))
            % divisor
    })
}

/// Of a range below 28²: a composite there has a factor below 28.
fn primes(range: std::ops::Range<u64>) -> impl Iterator<Item = u64> {
    range.filter(|number| (2..28.min(*number)).all(|divisor| number % divisor != 0))
}

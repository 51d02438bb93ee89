//! What makes an RSA key unfit for use.

/// Why an RSA public key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum WeakKey {
    /// A number is empty or starts with a zero octet (RFC 7518 §2, `Base64urlUInt`).
    #[error("the modulus or the exponent is not a minimal big-endian number")]
    NotMinimal,
    /// The modulus is under 2048 bits.
    #[error("the modulus has {0} bits, under 2048")]
    ModulusTooShort(usize),
    /// The modulus is over 8192 bits.
    #[error("the modulus has {0} bits, over 8192")]
    ModulusTooLong(usize),
    /// The exponent is even, under 65537, or over 33 bits.
    #[error("the exponent is not an odd number from 65537 to 33 bits")]
    ExponentNotAllowed,
    /// The modulus has a small prime factor, two included.
    #[error("the modulus is divisible by {0}")]
    SmallFactor(u32),
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

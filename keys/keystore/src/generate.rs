//! Makes RSA keys and reads them from PEM.

/// The size of a key: 2048, 3072 or 4096 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyBits {
    /// 2048 bits.
    #[default]
    Rsa2048,
    /// 3072 bits.
    Rsa3072,
    /// 4096 bits.
    Rsa4096,
}

/// Not a size keys are made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key has 2048, 3072 or 4096 bits")]
pub struct UnknownKeyBits;

impl KeyBits {
    /// The number.
    #[must_use]
    pub const fn get(self) -> usize {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa3072 => 3072,
            Self::Rsa4096 => 4096,
        }
    }
}

impl TryFrom<usize> for KeyBits {
    type Error = UnknownKeyBits;

    fn try_from(bits: usize) -> Result<Self, UnknownKeyBits> {
        [Self::Rsa2048, Self::Rsa3072, Self::Rsa4096]
            .into_iter()
            .find(|size| size.get() == bits)
            .ok_or(UnknownKeyBits)
    }
}

impl std::str::FromStr for KeyBits {
    type Err = UnknownKeyBits;

    fn from_str(text: &str) -> Result<Self, UnknownKeyBits> {
        text.parse::<usize>()
            .map_err(|_| UnknownKeyBits)?
            .try_into()
    }
}

impl std::fmt::Display for KeyBits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.get())
    }
}

//! The sizes that keys are made in.

use std::fmt;
use std::str::FromStr;

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

/// Not a size that keys are made in.
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
        match bits {
            2048 => Ok(Self::Rsa2048),
            3072 => Ok(Self::Rsa3072),
            4096 => Ok(Self::Rsa4096),
            _ => Err(UnknownKeyBits),
        }
    }
}

impl FromStr for KeyBits {
    type Err = UnknownKeyBits;

    fn from_str(text: &str) -> Result<Self, UnknownKeyBits> {
        text.parse::<usize>()
            .map_err(|_| UnknownKeyBits)?
            .try_into()
    }
}

impl fmt::Display for KeyBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.get())
    }
}

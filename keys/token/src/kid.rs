//! The name of a key: its RFC 7638 thumbprint, or whatever a foreign issuer chose.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::base64url;

/// A key id, `kid` (RFC 7517 §4.5): 1 to 256 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Kid(String);

/// A text that is not 1 to 256 visible ASCII characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key id is 1 to 256 visible ASCII characters")]
pub struct InvalidKid;

impl Kid {
    const MAX_BYTES: usize = 256;

    /// A key id by its text.
    ///
    /// # Errors
    /// When the text is empty, over 256 bytes, or has a character outside `!` to `~`.
    pub fn new(text: &str) -> Result<Self, InvalidKid> {
        Self::try_from(text.to_owned())
    }

    /// The SHA-256 thumbprint of an RSA key, base64url without padding (RFC 7638 §3): 43
    /// characters. Both numbers are big-endian; leading zeros do not count.
    #[must_use]
    pub fn thumbprint(modulus: &[u8], exponent: &[u8]) -> Self {
        let n = base64url::encode(minimal(modulus));
        let e = base64url::encode(minimal(exponent));
        // RFC 7638 §3.2: the required members alone, in lexicographic order, without white space.
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        Self(base64url::encode(
            digest(&SHA256, canonical.as_bytes()).as_ref(),
        ))
    }

    /// The text of the key id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn minimal(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

impl TryFrom<String> for Kid {
    type Error = InvalidKid;

    fn try_from(text: String) -> Result<Self, InvalidKid> {
        let fits = (1..=Self::MAX_BYTES).contains(&text.len());
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits && visible {
            Ok(Self(text))
        } else {
            Err(InvalidKid)
        }
    }
}

impl FromStr for Kid {
    type Err = InvalidKid;

    fn from_str(text: &str) -> Result<Self, InvalidKid> {
        Self::new(text)
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kid({})", self.0)
    }
}

impl AsRef<str> for Kid {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Kid {
    fn borrow(&self) -> &str {
        &self.0
    }
}

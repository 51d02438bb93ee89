//! The key that seals private halves, and the file it comes from.

use std::path::{Path, PathBuf};

/// Tells sealing keys apart without saying anything about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealingKeyId(String);

impl SealingKeyId {
    /// What a store kept.
    #[must_use]
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }

    /// What a store keeps.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the sealing key is, and whether it may be created there.
#[derive(Clone, Debug)]
pub struct SealingKeyFile {
    path: PathBuf,
    create: bool,
}

impl SealingKeyFile {
    /// A file that must exist.
    pub fn existing(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            create: false,
        }
    }

    /// A file that is made when the first private half is to be sealed.
    pub fn created_when_missing(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            create: true,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

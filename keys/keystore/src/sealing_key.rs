//! The key that seals private halves, and the file it comes from: 32 random bytes that nobody
//! but the owner of the process can read, and while keys change, those of the other key below.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

mod drafts;
mod file;

pub use file::SealingKeyError;

/// Bytes of an AES-256 key.
const KEY_BYTES: usize = 32;

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

    /// A hash of 256 random bits tells nothing of them.
    fn of(key: &[u8; KEY_BYTES]) -> Self {
        let hash = digest(&SHA256, &[b"sealing key id\0".as_slice(), key].concat());
        Self(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..12]))
    }
}

impl std::fmt::Display for SealingKeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A sealing key in memory. AES-GCM's own copy of the bytes is wiped by aws-lc.
pub struct SealingKey {
    id: SealingKeyId,
    cipher: LessSafeKey,
}

impl SealingKey {
    /// Which key this is.
    #[must_use]
    pub const fn id(&self) -> &SealingKeyId {
        &self.id
    }

    pub(crate) const fn cipher(&self) -> &LessSafeKey {
        &self.cipher
    }

    fn new(bytes: &Zeroizing<[u8; KEY_BYTES]>) -> Option<Self> {
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes.as_slice()).ok()?);
        Some(Self {
            id: SealingKeyId::of(bytes),
            cipher,
        })
    }
}

/// Why the sealing key that something was sealed with is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SealingKeyProblem {
    /// The file.
    #[error(transparent)]
    File(#[from] SealingKeyError),
    /// The file holds another key.
    #[error(
        "{} holds the sealing key {found}, but the private keys in the database are sealed with \
         {wanted}: put that key's file there, or name it with --sealing-key-file",
        path.display()
    )]
    Other {
        /// Which file.
        path: PathBuf,
        /// The first key in it.
        found: SealingKeyId,
        /// What is needed.
        wanted: SealingKeyId,
    },
}

/// Where the sealing key is, and whether it may be created there.
#[derive(Clone, Debug)]
pub struct SealingKeyFile {
    path: PathBuf,
    when_missing: WhenMissing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhenMissing {
    Refuse,
    Create,
}

impl SealingKeyFile {
    /// A file that must exist.
    pub fn existing(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            when_missing: WhenMissing::Refuse,
        }
    }

    /// A file that is made when the first private half is to be sealed.
    pub fn created_when_missing(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            when_missing: WhenMissing::Create,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the key; of several, the first. The file must belong to this process's user or to
    /// root and be closed to everybody else; only its owner may be able to put another in its
    /// place. It holds 32 bytes, raw or as base64 or hexadecimal text, and as text any number of
    /// keys, a line each.
    ///
    /// # Errors
    /// What is wrong with the file, by its path. Nothing is changed.
    pub fn load(&self) -> Result<Arc<SealingKey>, SealingKeyError> {
        let keys = self.load_all()?;
        // A file without a key is malformed.
        keys.into_iter().next().ok_or_else(|| self.malformed())
    }

    fn load_all(&self) -> Result<Vec<Arc<SealingKey>>, SealingKeyError> {
        let text = file::read_private(&self.path)?;
        let keys = decode(&text).ok_or_else(|| self.malformed())?;
        let keys = keys
            .iter()
            .map(|bytes| SealingKey::new(bytes).map(Arc::new));
        keys.collect::<Option<_>>().ok_or_else(|| self.malformed())
    }

    /// Reads the key of this id, wherever in the file it is.
    ///
    /// # Errors
    /// As [`Self::load`], or the file holds others only.
    pub fn find(&self, wanted: &SealingKeyId) -> Result<Arc<SealingKey>, SealingKeyProblem> {
        let keys = self.load_all()?;
        let found = keys.iter().find(|key| key.id() == wanted).cloned();
        let first = || keys.first().map(|key| key.id().clone());
        found.ok_or_else(|| match first() {
            Some(found) => SealingKeyProblem::Other {
                path: self.path.clone(),
                found,
                wanted: wanted.clone(),
            },
            None => self.malformed().into(),
        })
    }

    /// Reads the key; a missing file is first created with a new random key, if it may be. A file
    /// that exists is never written to.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_or_create(&self) -> Result<Arc<SealingKey>, SealingKeyError> {
        match self.load() {
            Err(SealingKeyError::Missing { .. }) if self.when_missing == WhenMissing::Create => {
                file::create_private(&self.path, new_key_text(&self.path)?.as_bytes())?;
                self.load()
            }
            loaded => loaded,
        }
        .inspect(|_| self.tidy())
    }

    /// Removes what a crash while the file was created has left beside it.
    pub(crate) fn tidy(&self) {
        drafts::remove(&self.path);
    }

    fn malformed(&self) -> SealingKeyError {
        SealingKeyError::Malformed {
            path: self.path.clone(),
        }
    }
}

fn new_key_text(path: &Path) -> Result<Zeroizing<String>, SealingKeyError> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    rand::fill(bytes.as_mut_slice()).map_err(|_| SealingKeyError::NoRandomness {
        path: path.to_owned(),
    })?;
    let mut text = Zeroizing::new(String::with_capacity(64));
    STANDARD.encode_string(bytes.as_slice(), &mut text);
    text.push('\n');
    Ok(text)
}

/// The keys of a file, one at least.
fn decode(text: &[u8]) -> Option<Vec<Zeroizing<[u8; KEY_BYTES]>>> {
    if let Ok(raw) = text.try_into() {
        return Some(vec![Zeroizing::new(raw)]);
    }
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let keys: Option<Vec<_>> = lines
        .filter(|line| !line.is_empty())
        .map(decode_line)
        .collect();
    keys.filter(|keys| !keys.is_empty())
}

fn decode_line(text: &[u8]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    if text.len() == 2 * KEY_BYTES {
        return from_hex(text);
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    let written = STANDARD.decode_slice(text, bytes.as_mut_slice()).ok()?;
    (written == KEY_BYTES).then_some(bytes)
}

fn from_hex(text: &[u8]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;

//! Private halves at rest: AES-256-GCM, the key id as associated data.

/// A private half that only the sealing key opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey(Vec<u8>);

impl SealedKey {
    /// What a store kept.
    #[must_use]
    pub const fn from_bytes(envelope: Vec<u8>) -> Self {
        Self(envelope)
    }

    /// What a store keeps.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

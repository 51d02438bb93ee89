//! A refresh token: a handle that finds the login, and a secret that is good once.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const HANDLE_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
const TOKEN_BYTES: usize = HANDLE_BYTES + SECRET_BYTES;

/// A refresh token: 128 bits that all tokens of one login share, then 256 bits of its own.
///
/// Whoever shows the handle with another secret has held a token of that login, because the
/// handle is written nowhere else; so replaced tokens need not be kept to be recognised.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RefreshToken {
    handle: [u8; HANDLE_BYTES],
    secret: [u8; SECRET_BYTES],
}

/// SHA-256 of a token's secret: what the store keeps of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

/// SHA-256 of a token's handle: how the store finds the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(pub [u8; 32]);

/// A token encrypted under its predecessor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSuccessor(pub Vec<u8>);

/// A successor that could not be encrypted or decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the successor of a refresh token cannot be opened")]
pub struct SealError;

impl RefreshToken {
    /// The first token of a login.
    #[must_use]
    pub fn generate() -> Self {
        Self {
            handle: rand::random(),
            secret: rand::random(),
        }
    }

    /// The token that replaces this one.
    #[must_use]
    pub fn successor(&self) -> Self {
        Self {
            handle: self.handle,
            secret: rand::random(),
        }
    }

    /// Reads what a client sent; nothing of it is proved yet.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        match BASE64_URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut_slice()) {
            Ok(TOKEN_BYTES) => {}
            _ => return None,
        }
        let (handle, secret) = bytes.split_at(HANDLE_BYTES);
        Some(Self {
            handle: handle.try_into().ok()?,
            secret: secret.try_into().ok()?,
        })
    }

    /// The token as the client gets it: 64 characters.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([self.handle.as_slice(), self.secret.as_slice()].concat());
        Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(bytes.as_slice()))
    }

    /// What the store keeps of the secret.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(sha256(&self.secret))
    }

    /// How the store finds the login.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(sha256(&self.handle))
    }

    /// Encrypts a successor so that only a holder of this token can read it.
    ///
    /// # Errors
    /// The cryptographic library refuses.
    pub fn seal(&self, successor: &Self) -> Result<SealedSuccessor, SealError> {
        let mut sealed = successor.secret.to_vec();
        self.sealing_key()?
            .seal_in_place_append_tag(only_nonce(), Aad::from(self.handle), &mut sealed)
            .map_err(|_| SealError)?;
        Ok(SealedSuccessor(sealed))
    }

    /// Decrypts the successor that was sealed under this token.
    ///
    /// # Errors
    /// It was sealed under another token, or altered.
    pub fn open(&self, sealed: &SealedSuccessor) -> Result<Self, SealError> {
        let mut bytes = Zeroizing::new(sealed.0.clone());
        let secret = self
            .sealing_key()?
            .open_in_place(only_nonce(), Aad::from(self.handle), &mut bytes)
            .map_err(|_| SealError)?;
        let secret = (&*secret).try_into().map_err(|_| SealError)?;
        Ok(Self {
            handle: self.handle,
            secret,
        })
    }

    fn sealing_key(&self) -> Result<LessSafeKey, SealError> {
        let derived = Salt::new(HKDF_SHA256, &self.handle).extract(&self.secret);
        let info = [b"successor of a refresh token".as_slice()];
        let key = derived.expand(&info, &AES_256_GCM).map_err(|_| SealError)?;
        Ok(LessSafeKey::new(UnboundKey::from(key)))
    }
}

/// A key seals one message that is ever kept, the one successor of its token, so one nonce is
/// enough.
fn only_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_same_after_its_way_through_a_client() {
        let token = RefreshToken::generate();
        let text = token.to_text();
        assert_eq!(text.len(), 64);
        let again = RefreshToken::parse(&text).unwrap();
        assert_eq!(
            (again.handle(), again.digest()),
            (token.handle(), token.digest())
        );
    }

    #[test]
    fn what_is_not_a_token_is_not_read_as_one() {
        let long = RefreshToken::generate().to_text().repeat(2);
        for text in [
            "",
            "x",
            "not a token",
            &"A".repeat(63),
            &"=".repeat(64),
            &long,
        ] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_sealed_successor_opens_with_its_predecessor_only() {
        let token = RefreshToken::generate();
        let successor = token.successor();
        let sealed = token.seal(&successor).unwrap();
        assert_eq!(token.open(&sealed).unwrap().digest(), successor.digest());
        assert!(successor.open(&sealed).is_err());
        assert!(RefreshToken::generate().open(&sealed).is_err());
        let mut altered = sealed.clone();
        altered.0[0] ^= 1;
        assert!(token.open(&altered).is_err());
    }

    #[test]
    fn a_successor_belongs_to_the_same_login() {
        let token = RefreshToken::generate();
        assert_eq!(token.handle(), token.successor().handle());
        assert_ne!(token.digest(), token.successor().digest());
    }
}

//! What a token is remembered by.

use aws_lc_rs::aead::{AES_128_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// 128 bits that are as good as chance to everybody who does not have the verifier's key. Nobody can
/// find two tokens that share them, and what is kept in memory is good for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(super) [u8; 16]);

/// Takes the fingerprints of tokens, under a key of its own.
///
/// They are tags of AES-128-GCM-SIV over no text, with the token as what is authenticated. It is the
/// mode whose nonce may be repeated: all that repeating it discloses is which inputs were equal
/// (RFC 8452 §9), which is just what is asked. SHA-256 costs three times as much.
pub(super) struct Fingerprints(Option<LessSafeKey>);

const SAME_NONCE: [u8; NONCE_LEN] = [0; NONCE_LEN];

impl Fingerprints {
    pub(super) fn new() -> Self {
        let key = UnboundKey::new(&AES_128_GCM_SIV, &rand::random::<[u8; 16]>());
        Self(key.map(LessSafeKey::new).ok())
    }

    /// `None` where the library refuses, which it does not: such a token is verified each time.
    pub(super) fn of(&self, token: &[u8]) -> Option<Fingerprint> {
        let nonce = Nonce::assume_unique_for_key(SAME_NONCE);
        let tag = self
            .0
            .as_ref()?
            .seal_in_place_separate_tag(nonce, Aad::from(token), &mut []);
        Some(Fingerprint(tag.ok()?.as_ref().try_into().ok()?))
    }
}

impl Fingerprint {
    /// 32 of its bits: the `number`th of four parts.
    pub(super) fn part(&self, number: usize) -> usize {
        let bytes = self.0.as_chunks::<4>().0[number];
        u32::from_le_bytes(bytes) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_of_every_byte_of_the_token_and_of_the_verifier() {
        let (own, others) = (Fingerprints::new(), Fingerprints::new());
        let token: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let fingerprint = own.of(&token).unwrap();
        assert_eq!(own.of(&token), Some(fingerprint));
        assert_ne!(others.of(&token), Some(fingerprint));
        for at in 0..token.len() {
            let mut changed = token.clone();
            changed[at] ^= 1;
            assert_ne!(own.of(&changed), Some(fingerprint), "byte {at}");
        }
        assert_ne!(own.of(&token[1..]), Some(fingerprint));
        assert_ne!(
            own.of(&[token.as_slice(), &[0]].concat()),
            Some(fingerprint)
        );
    }
}

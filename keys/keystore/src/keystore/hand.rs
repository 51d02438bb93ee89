//! What a process holds of the ring it last saw: parsed keys, ready before they are needed.

use std::sync::Arc;

use token::{Kid, Timestamp};

use super::{Keystore, KeystoreError};
use crate::lifecycle::State;
use crate::repository::{Repository, StoredKey, StoredRing};
use crate::signer::Signer;

/// Replaced whole, so that nobody sees the signer of one ring beside another ring.
#[derive(Default)]
pub(super) struct Hand {
    pub(super) ring: StoredRing,
    pub(super) active: Option<Arc<Signer>>,
    /// Keys whose private half does not open here.
    pub(super) unopened: Vec<Kid>,
    signers: Vec<Arc<Signer>>,
}

impl Hand {
    /// The same keys, none of which signs.
    pub(super) fn laid_down(&self) -> Self {
        Self {
            ring: self.ring.clone(),
            active: None,
            unopened: self.unopened.clone(),
            signers: self.signers.clone(),
        }
    }
}

impl<R: Repository> Keystore<R> {
    /// Takes up every key that signs, or will, or would if its successor did not open. They are
    /// unsealed when they are announced, so that one that does not open is noticed long before it
    /// has to sign; those that are in the hand already stay. Tells why one did not open.
    pub(super) fn take_up(
        &self,
        ring: StoredRing,
        now: Timestamp,
        before: &Hand,
    ) -> (Hand, Option<KeystoreError>) {
        let mut problem = None;
        let mut hand = Hand::default();
        for key in ring.keys.iter().filter(|key| may_sign(key, now)) {
            let held = before.signer(&key.kid).map(Ok);
            match held.unwrap_or_else(|| self.unseal(&ring, key).map(Arc::new)) {
                Ok(signer) => hand.signers.push(signer),
                Err(error) => {
                    hand.unopened.push(key.kid.clone());
                    problem = Some(error);
                }
            }
        }
        hand.active = ring.active(now).and_then(|key| hand.signer(&key.kid));
        hand.ring = ring;
        (hand, problem)
    }

    fn unseal(&self, ring: &StoredRing, key: &StoredKey) -> Result<Signer, KeystoreError> {
        let kid = &key.kid;
        let sealed = key
            .sealed
            .as_ref()
            .ok_or_else(|| KeystoreError::Erased(kid.clone()))?;
        let private_half = self.sealing_key_of(ring)?.open(kid, sealed)?;
        let signer =
            Signer::from_pkcs8(&private_half).map_err(|source| KeystoreError::Damaged {
                kid: kid.clone(),
                source,
            })?;
        if signer.kid() != kid {
            let found = signer.kid().clone();
            return Err(KeystoreError::Mismatched {
                kid: kid.clone(),
                found,
            });
        }
        Ok(signer)
    }
}

impl Hand {
    fn signer(&self, kid: &Kid) -> Option<Arc<Signer>> {
        self.signers
            .iter()
            .find(|signer| signer.kid() == kid)
            .cloned()
    }
}

/// A key that is retired by the clock keeps its private half until its successor has signed.
fn may_sign(key: &StoredKey, now: Timestamp) -> bool {
    matches!(key.life.state(now), State::Active | State::Announced) || key.sealed.is_some()
}

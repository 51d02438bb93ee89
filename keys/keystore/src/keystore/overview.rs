//! What there is to say about a ring: for tables, pictures and machines. Nothing secret.

use std::time::Duration;

use token::{Kid, PublicKey, Timestamp};

use super::{Keystore, KeystoreError};
use crate::lifecycle::{Life, State, next_publication};
use crate::published::PublishedKeys;
use crate::repository::{Repository, StoredKey};

/// A ring at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// The moment.
    pub now: Timestamp,
    /// How far the ring's time is ahead of a wall clock that was set back.
    pub ahead_of_clock: Duration,
    /// Every key, in the order in which they sign; the revoked ones too.
    pub keys: Vec<KeyOverview>,
    /// When the schedule announces the next key.
    pub next_publication: Option<Timestamp>,
}

/// One key at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyOverview {
    /// Its id.
    pub kid: Kid,
    /// What it is.
    pub state: State,
    /// Its times.
    pub life: Life,
    /// Its size in bits.
    pub bits: usize,
}

impl<R: Repository> Keystore<R> {
    /// The ring as it is now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn overview(&self) -> Result<Overview, KeystoreError> {
        let (ring, now) = self.load().await?;
        Ok(Overview {
            now,
            ahead_of_clock: now.since(self.clock.now()),
            next_publication: next_publication(&ring, &self.schedule, now),
            keys: ring
                .keys
                .into_iter()
                .map(|key| KeyOverview::of(key, now))
                .collect(),
        })
    }
}

impl<R: Repository> Keystore<R> {
    /// The public keys as they are served now.
    ///
    /// # Errors
    /// When the store fails, or there is no key.
    pub async fn public_half(&self) -> Result<PublishedKeys, KeystoreError> {
        let (ring, now) = self.load().await?;
        Ok(PublishedKeys::of(&ring, &self.schedule, now)?)
    }
}

impl KeyOverview {
    fn of(key: StoredKey, now: Timestamp) -> Self {
        let state = key.life.state(now);
        let bits = PublicKey::from_components(&key.modulus, &key.exponent)
            .map_or(key.modulus.len() * 8, |public| public.bits());
        Self {
            kid: key.kid,
            state,
            life: key.life,
            bits,
        }
    }
}

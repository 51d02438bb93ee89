//! What there is to say about a ring: for tables, pictures and machines. Nothing secret.

use token::{Kid, PublicKey, Timestamp};

use super::{Keystore, KeystoreError};
use crate::lifecycle::{Life, State, next_publication};
use crate::repository::{Repository, StoredKey};

/// A ring at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// The moment.
    pub now: Timestamp,
    /// How far the ring's time is ahead of a wall clock that was set back.
    pub ahead_of_clock: std::time::Duration,
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
    /// The public half.
    pub modulus: Vec<u8>,
    /// The public half.
    pub exponent: Vec<u8>,
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

impl KeyOverview {
    fn of(key: StoredKey, now: Timestamp) -> Self {
        let state = key.life.state(now);
        let bits = PublicKey::from_components(&key.modulus, &key.exponent)
            .map_or(key.modulus.len() * 8, |public| public.bits());
        let StoredKey {
            kid,
            modulus,
            exponent,
            life,
            ..
        } = key;
        Self {
            kid,
            state,
            life,
            bits,
            modulus,
            exponent,
        }
    }
}

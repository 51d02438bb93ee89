//! The changes that operators make: announce, hurry, revoke, import, reseal. Each is one swap of
//! the ring, and can be repeated without harm.

use std::time::Duration;

use token::{Kid, Timestamp};

use super::{Edit, ImportError, Keystore, KeystoreError, ResealError, RevokeError};
use crate::generate::NewKey;
use crate::lifecycle::{MOST_PUBLISHED, State};
use crate::repository::{Repository, StoredKey, StoredRing};
use crate::sealing_key::{SealingKey, SealingKeyFile};

/// A key that will sign, or already does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Which key.
    pub kid: Kid,
    /// When it begins to sign.
    pub activates_at: Timestamp,
    /// Whether this call put it there, or found it there.
    pub made: Made,
}

/// Whether a key is new to the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// It was put into the ring by this call.
    Now,
    /// It was there before.
    Before,
}

/// What revoking a key led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When the key left the set.
    pub revoked_at: Timestamp,
    /// What the key was.
    pub was: State,
    /// The key that signs now.
    pub active: Option<Kid>,
}

impl<R: Repository> Keystore<R> {
    /// Announces the next key, to sign once it was published as long as the schedule says. While
    /// one is announced already, that is the next key.
    ///
    /// # Errors
    /// When no key can be made, sealed or stored.
    pub async fn announce(&self) -> Result<Announcement, KeystoreError> {
        self.announce_within(self.schedule.announcement()).await
    }

    /// Has the next key sign as soon as every verifier that honours `max-age` can know it.
    ///
    /// # Errors
    /// As [`Self::announce`].
    pub async fn rotate_now(&self) -> Result<Announcement, KeystoreError> {
        let announced = self.announce_within(self.schedule.least_wait()).await?;
        if announced.made == Made::Now {
            return Ok(announced);
        }
        self.change(None, |ring, now, _| {
            match ring.bring_forward(&self.schedule, now) {
                Some((kid, activates_at)) => Edit::Changed(Announcement {
                    kid,
                    activates_at,
                    made: Made::Before,
                }),
                // It began to sign a moment ago.
                None => Edit::Unchanged(announced.clone()),
            }
        })
        .await
    }

    async fn announce_within(&self, wait: Duration) -> Result<Announcement, KeystoreError> {
        self.change(None, |ring, now, fresh| {
            if let Some(next) = ring.next_to_sign(now) {
                return Edit::Unchanged(Ok(found(next)));
            }
            if ring.published(now).len() >= MOST_PUBLISHED {
                return Edit::Unchanged(Err(KeystoreError::Full));
            }
            let Some(key) = fresh else {
                return Edit::NeedsKey;
            };
            let kid = key.kid.clone();
            let activates_at = self.append(ring, key, wait, now);
            Edit::Changed(Ok(Announcement {
                kid,
                activates_at,
                made: Made::Now,
            }))
        })
        .await?
    }

    /// Takes a leaked key out of the set at once, and erases its private half. If it was the
    /// active one, the next to sign becomes active in the same swap: an announced one if there
    /// is one, which verifiers may know already, else a new one, which they find by asking again
    /// for a key id they do not know.
    ///
    /// # Errors
    /// When there is no such key, or the store fails.
    pub async fn revoke(&self, kid: &Kid) -> Result<Revocation, RevokeError> {
        self.change(None, |ring, now, fresh| {
            let Some(key) = ring.key(kid) else {
                return Edit::Unchanged(Err(RevokeError::Unknown(kid.clone())));
            };
            let was = key.life.state(now);
            if let Some(revoked_at) = key.life.revoked_at {
                let active = ring.active(now).map(|active| active.kid.clone());
                return Edit::Unchanged(Ok(Revocation {
                    revoked_at,
                    was,
                    active,
                }));
            }
            if was == State::Active && ring.next_to_sign(now).is_none() && fresh.is_none() {
                return Edit::NeedsKey;
            }
            ring.revoke(kid, fresh, &self.schedule, now);
            let active = ring.active(now).map(|active| active.kid.clone());
            Edit::Changed(Ok(Revocation {
                revoked_at: now,
                was,
                active,
            }))
        })
        .await?
    }

    /// Takes in a private key from a PEM document. The first key of a ring signs at once; a
    /// later one is announced like any other.
    ///
    /// # Errors
    /// When the document is not a fit RSA key, or the key was here before.
    pub async fn import(&self, pem: &str) -> Result<Announcement, ImportError> {
        let key = NewKey::from_pem(pem)?;
        let wait = self.schedule.announcement();
        self.change(Some(key), |ring, now, key| {
            let Some(key) = key else {
                return Edit::NeedsKey;
            };
            let kid = key.kid.clone();
            if let Some(known) = ring.key(&kid) {
                return Edit::Unchanged(known_before(known, now));
            }
            if ring.published(now).len() >= MOST_PUBLISHED {
                return Edit::Unchanged(Err(KeystoreError::Full.into()));
            }
            let activates_at = self.append(ring, key, wait, now);
            Edit::Changed(Ok(Announcement {
                kid,
                activates_at,
                made: Made::Now,
            }))
        })
        .await?
    }

    /// Seals every private half with the key in another file, which is created if it may be.
    /// One swap: afterwards all are sealed with the new key, or all still with the old one. The
    /// new file is there before the swap and stays when it fails, since what became of a swap
    /// cannot always be told; the same call again goes on with it.
    ///
    /// # Errors
    /// When either sealing key is not to be had, or a private half does not open.
    pub async fn reseal(&self, new: &SealingKeyFile) -> Result<Resealed, ResealError> {
        self.check_seals(new).await?;
        let new = new.load_or_create()?;
        self.change(None, |ring, _, _| match self.reseal_ring(ring, &new) {
            Ok(Resealed { keys: 0, .. }) if ring.sealed_with.as_ref() == Some(new.id()) => {
                Edit::Unchanged(Ok(Resealed { keys: 0 }))
            }
            Ok(resealed) => {
                ring.sealed_with = Some(new.id().clone());
                Edit::Changed(Ok(resealed))
            }
            Err(error) => Edit::Unchanged(Err(error.into())),
        })
        .await?
    }

    /// That everything opens which is not yet sealed with the key in the new file: else there
    /// would be such a file for nothing.
    async fn check_seals(&self, new: &SealingKeyFile) -> Result<(), KeystoreError> {
        let (ring, _) = self.load().await?;
        let Some(sealed_with) = &ring.sealed_with else {
            return Ok(());
        };
        if new.load().is_ok_and(|key| key.id() == sealed_with) {
            return Ok(());
        }
        let key = self.sealing_key_of(&ring)?;
        for StoredKey { kid, sealed, .. } in &ring.keys {
            if let Some(sealed) = sealed {
                key.open(kid, sealed)?;
            }
        }
        Ok(())
    }

    fn reseal_ring(
        &self,
        ring: &mut StoredRing,
        new: &SealingKey,
    ) -> Result<Resealed, KeystoreError> {
        if ring.sealed_with.as_ref().is_none_or(|id| id == new.id()) {
            return Ok(Resealed { keys: 0 });
        }
        let old = self.sealing_key_of(ring)?;
        let mut keys = 0;
        for StoredKey { kid, sealed, .. } in &mut ring.keys {
            if let Some(sealed) = sealed {
                *sealed = new.seal(kid, &old.open(kid, sealed)?)?;
                keys += 1;
            }
        }
        Ok(Resealed { keys })
    }

    /// A ring nobody signs with begins with this key; another announces it.
    fn append(
        &self,
        ring: &mut StoredRing,
        key: StoredKey,
        wait: Duration,
        now: Timestamp,
    ) -> Timestamp {
        if ring.published(now).is_empty() {
            ring.begin(key, now);
            return now;
        }
        ring.announce(key, wait, &self.schedule, now)
    }
}

/// How many private halves were sealed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// None when the ring was sealed with that key already.
    pub keys: usize,
}

fn found(key: &StoredKey) -> Announcement {
    Announcement {
        kid: key.kid.clone(),
        activates_at: key.life.activates_at,
        made: Made::Before,
    }
}

fn known_before(key: &StoredKey, now: Timestamp) -> Result<Announcement, ImportError> {
    let kid = key.kid.clone();
    match key.life.revoked_at {
        Some(revoked_at) => Err(ImportError::Revoked { kid, revoked_at }),
        None if matches!(key.life.state(now), State::Announced | State::Active) => Ok(found(key)),
        None => Err(ImportError::Retired(kid)),
    }
}

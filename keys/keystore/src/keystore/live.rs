//! A running issuer's keys: they follow the ring as time and other processes change it, and the
//! next one is made when the schedule says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use token::Timestamp;
use tracing::{error, info, warn};

use super::hand::Hand;
use super::watch::Watch;
use super::{Edit, Keystore, KeystoreError, NoSigningKey};
use crate::lifecycle::{Moment, Step, next_publication, plan};
use crate::published::{Published, PublishedKeys};
use crate::repository::{Repository, RingSettings, StoredRing, Swap};
use crate::schedule::Schedule;
use crate::signer::Signer;

/// How often the ring is looked at: well within [`crate::FOLLOW_WITHIN`], slow answers included.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The keys of one process that issues tokens.
pub struct LiveKeys<R> {
    keystore: Keystore<R>,
    watch: Watch,
    hand: ArcSwap<Hand>,
    published: Published,
    is_laid_down: AtomicBool,
}

/// What a look at the ring led to.
#[derive(Debug)]
pub struct Look {
    /// How long to wait before the next one.
    pub wait: Duration,
    /// Why a key does not open that signs or will. The keys that are held go on.
    pub unopened: Option<KeystoreError>,
}

impl<R: Repository> Keystore<R> {
    /// Makes the first key if there is none, has the ring remember this process's settings, and
    /// gets ready to sign and to publish.
    ///
    /// # Errors
    /// When the store, the sealing key or a stored key is not what it must be.
    pub async fn start(self) -> Result<LiveKeys<R>, KeystoreError> {
        self.begin().await?;
        let watch = Watch::default();
        let moment = watch.look(&*self.clock);
        let (hand, unopened) = self.keep_house(moment, &Hand::default()).await?;
        // A later key that does not open is held back until it does.
        if let (None, Some(problem)) = (&hand.active, unopened) {
            return Err(problem);
        }
        let now = hand.ring.now(self.clock.now());
        let published = Published::new(PublishedKeys::of(&hand.ring, &self.schedule, now)?);
        Ok(LiveKeys {
            keystore: self,
            watch,
            hand: ArcSwap::from_pointee(hand),
            published,
            is_laid_down: AtomicBool::new(false),
        })
    }

    async fn begin(&self) -> Result<(), KeystoreError> {
        let settings = RingSettings {
            schedule: *self.schedule.settings(),
            key_bits: self.key_bits,
        };
        self.change(None, |ring, now, fresh| {
            let remembered = ring.settings.replace(settings) == Some(settings);
            if !ring.published(now).is_empty() {
                return if remembered {
                    Edit::Unchanged(())
                } else {
                    Edit::Changed(())
                };
            }
            let Some(key) = fresh else {
                return Edit::NeedsKey;
            };
            ring.begin(key, now);
            Edit::Changed(())
        })
        .await
    }

    /// Takes up the keys and does what is due, until nothing is.
    async fn keep_house(
        &self,
        mut moment: Moment,
        before: &Hand,
    ) -> Result<(Hand, Option<KeystoreError>), KeystoreError> {
        loop {
            let ring = self.repository.load().await?;
            moment.now = ring.now(moment.now);
            let (hand, problem) = self.take_up(ring, moment.now, before);
            let steps = plan(&hand.ring, &self.schedule, moment, &hand.unopened);
            if steps.is_empty() {
                return Ok((hand, problem));
            }
            let mut next = hand.ring.clone();
            for step in &steps {
                next.apply(step, &self.schedule);
            }
            if self.repository.swap(hand.ring.version, &next).await? == Swap::Done {
                steps.iter().for_each(report);
                moment.stepped_from = None;
            }
        }
    }
}

impl<R: Repository> LiveKeys<R> {
    /// The key that signs now. Ask for each token; never keep it.
    ///
    /// # Errors
    /// When the active key could not be unsealed, or all keys are laid down.
    pub fn signer(&self) -> Result<Arc<Signer>, NoSigningKey> {
        self.hand.load().active.clone().ok_or(NoSigningKey)
    }

    /// The timeline that the keys follow.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.keystore.schedule
    }

    /// What the key-set handler is given: it leads to no private half.
    #[must_use]
    pub fn published(&self) -> Published {
        self.published.clone()
    }

    /// How many keys do not open here that sign or will.
    #[must_use]
    pub fn unopened(&self) -> usize {
        self.hand.load().unopened.len()
    }

    /// Looks at the ring, does the housekeeping that is due, and signs and publishes accordingly.
    /// A key that does not open here does not begin to sign while its predecessor can go on.
    ///
    /// # Errors
    /// When the store fails, in which case the ring last seen goes on along its timeline.
    pub async fn follow(&self) -> Result<Look, KeystoreError> {
        let moment = self.watch.look(&*self.keystore.clock);
        let before = self.hand.load_full();
        match self.keystore.keep_house(moment, &before).await {
            Ok((hand, unopened)) => {
                self.is_laid_down.store(false, Ordering::Relaxed);
                let wait = self.show(hand, moment.now)?;
                Ok(Look { wait, unopened })
            }
            Err(error) => {
                // The timeline is known in advance, and a key that goes on signing past its end
                // would make tokens that outlive it.
                let now = before.ring.now(self.keystore.clock.now());
                let ring = before.ring.clone();
                let (hand, _) = self.keystore.take_up(ring, now, &before);
                self.show(hand, now)?;
                Err(error)
            }
        }
    }

    /// Stops signing until a look at the ring succeeds: for a process that was kept from looking
    /// for so long that another key may have become the one that signs.
    pub fn lay_down(&self) {
        self.is_laid_down.store(true, Ordering::Relaxed);
        self.hand.rcu(|hand| hand.laid_down());
    }

    /// Announces the next key if it is time, and does nothing else. It may take as long as
    /// making a key does.
    ///
    /// # Errors
    /// When no key can be made, sealed or stored.
    pub async fn rotate_when_due(&self) -> Result<(), KeystoreError> {
        let keystore = &self.keystore;
        let (ring, now) = keystore.load().await?;
        let due = next_publication(&ring, &keystore.schedule, now);
        if due.is_some_and(|due| due <= now) {
            keystore.announce().await?;
        }
        Ok(())
    }

    fn show(&self, hand: Hand, at: Timestamp) -> Result<Duration, KeystoreError> {
        let at = hand.ring.now(at);
        let next_change = hand.ring.next_change(at);
        self.publish(&hand.ring, at)?;
        let is_laid_down = self.is_laid_down.load(Ordering::Relaxed);
        let hand = if is_laid_down { hand.laid_down() } else { hand };
        self.hand.store(Arc::new(hand));
        let now = self.keystore.clock.now();
        Ok(next_change.map_or(LOOK_EVERY, |change| until(change, now)))
    }

    fn publish(&self, ring: &StoredRing, now: Timestamp) -> Result<(), KeystoreError> {
        let keys = PublishedKeys::of(ring, &self.keystore.schedule, now)?;
        if keys.etag() != self.published.current().etag() {
            let signing = ring.active(now).map(|active| active.kid.as_str());
            info!(keys = keys.key_set().len(), signing, "the key set changed");
        }
        self.published.replace(keys);
        Ok(())
    }
}

/// Not a moment later than the change, and not a look for every millisecond before it.
fn until(change: Timestamp, now: Timestamp) -> Duration {
    change
        .since(now)
        .clamp(Duration::from_millis(1), LOOK_EVERY)
}

fn report(step: &Step) {
    match step {
        Step::Postpone { kid, until } => {
            warn!(%kid, ?until, "a key signs later: verifiers could not know it yet");
        }
        Step::HoldBack { kid, until } => {
            error!(
                %kid,
                ?until,
                "the next key does not open here, so it signs later: put the key that seals it \
                 where --sealing-key-file says"
            );
        }
        Step::Extend { kid, until } => {
            info!(%kid, ?until, "a key stays published until its last token has expired");
        }
        Step::Settle(_) => {}
        Step::Erase(kid) => info!(%kid, "a key retired; its private half is erased"),
        Step::Forget(kid) => info!(%kid, "a retired key left the set"),
    }
}

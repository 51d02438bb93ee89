//! One attempt to renew a key set: launch it, let it fetch, settle what it brought, save it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::{Control, FLIGHT_LIMIT, Progress, Reason, Remote};
use crate::disk::{DiskCopy, DiskError, Restored};
use crate::fetch_error::FetchError;
use crate::freshness::Freshness;
use crate::held::{Burial, Held};
use crate::origin::{Fetched, Validator};
use crate::withdrawn::Withdrawn;

/// The disk copy is written again when the set changes, and otherwise after this share of
/// `max_stale`: what a restart loses of it is no more than that.
const CONFIRMATION_SHARE: u32 = 20;

/// What the disk copy holds.
#[derive(PartialEq, Eq)]
pub(super) struct Saved {
    generation: u64,
    withdrawn: Arc<Withdrawn>,
    confirmed: Duration,
}

/// An attempt that is over.
pub(super) fn landed() -> watch::Receiver<Progress> {
    watch::channel(Progress::Settled).1
}

impl Remote {
    pub(super) fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The attempt that is under way: not settled, and its task, which owns the sender, alive and
    /// running. One that was lost with its runtime is noted, so that the next need not wait for it.
    pub(super) fn in_the_air(
        &self,
        control: &mut Control,
        now: Duration,
    ) -> Option<watch::Receiver<Progress>> {
        if *control.flight.borrow() != Progress::Flying {
            return None;
        }
        let has_taken = now.saturating_sub(control.launched);
        if control.flight.has_changed().is_ok() && has_taken < FLIGHT_LIMIT {
            return Some(control.flight.clone());
        }
        control.flight = landed();
        control.cadence.attempt_lost(now, rand::random());
        self.publish_due(control);
        None
    }

    /// Begins an attempt, as a task: whoever asks for it may go away, and the others who wait still
    /// get it. Its end is seen by the sender that it drops.
    pub(super) fn launch(
        self: &Arc<Self>,
        control: &mut Control,
        reason: Reason,
    ) -> watch::Receiver<Progress> {
        let now = self.clock.monotonic();
        if matches!(reason, Reason::Scheduled) {
            control.cadence.refresh_begins(now);
        }
        if let Ok(runtime) = Handle::try_current() {
            let (progress, flight) = watch::channel(Progress::Flying);
            let remote = Arc::clone(self);
            runtime.spawn(async move { remote.attempt(reason, &progress).await });
            control.flight = flight;
        } else {
            self.journal.failed(&FetchError::NoRuntime);
            control.flight = landed();
            control.cadence.attempt_lost(now, rand::random());
        }
        control.launched = now;
        self.publish_due(control);
        control.flight.clone()
    }

    async fn attempt(self: Arc<Self>, reason: Reason, progress: &watch::Sender<Progress>) {
        self.restore().await;
        progress.send_replace(Progress::Flying);
        let asked = self.clock.monotonic();
        let validator = self.validator_for(&reason, asked);
        let fetched = self.origin.fetch(validator.as_ref()).await;
        self.settle(reason, fetched, asked);
        progress.send_replace(Progress::Settled);
        self.save().await;
    }

    /// A search does not rely on what the issuer takes its validator to stand for.
    fn validator_for(&self, reason: &Reason, now: Duration) -> Option<Validator> {
        let held = self.held.load();
        match reason {
            Reason::Scheduled => held
                .as_ref()?
                .validator(now, self.limits.max_stale)
                .cloned(),
            Reason::UnknownKid(_) => None,
        }
    }

    /// What an answer confirms, it confirms as of when it was `asked` for: the system may have
    /// slept through the rest.
    fn settle(&self, reason: Reason, fetched: Result<Fetched, FetchError>, asked: Duration) {
        let now = self.clock.monotonic();
        let mut control = self.control();
        if self.is_overtaken(asked) {
            return;
        }
        let outcome = fetched.and_then(|fetched| self.admit(fetched, asked));
        match (&outcome, &reason) {
            (Ok(freshness), _) => {
                let interval = freshness.interval();
                control.cadence.succeeded(asked, interval, rand::random());
            }
            (Err(_), Reason::Scheduled) => control.cadence.refresh_failed(now, rand::random()),
            (Err(_), Reason::UnknownKid(_)) => {}
        }
        self.publish_due(&control);
        drop(control);
        self.count_keys(now);
        match (outcome, reason) {
            (Ok(_), Reason::UnknownKid(kid)) if !self.holds(kid.as_str()) => {
                self.absent.insert(kid, now);
            }
            (Ok(_), _) => {}
            (Err(error), _) => self.journal.failed(&error),
        }
    }

    /// Whether another attempt, which asked later, was answered before: this one was given up for
    /// lost, and what it brings is old.
    fn is_overtaken(&self, asked: Duration) -> bool {
        let held = self.held.load();
        held.as_ref().is_some_and(|held| held.is_newer_than(asked))
    }

    /// Builds the next snapshot whole, then swaps it in.
    fn admit(&self, fetched: Fetched, asked: Duration) -> Result<Freshness, FetchError> {
        let held = self.held.load_full();
        let (next, freshness) = match (fetched, held) {
            (Fetched::Unchanged { .. }, None) => return Err(FetchError::NotModifiedUnasked),
            (Fetched::Unchanged { freshness }, Some(held)) => {
                self.journal.unchanged();
                (held.as_ref().clone(), freshness)
            }
            (
                Fetched::Set {
                    keys,
                    validator,
                    freshness,
                },
                held,
            ) => {
                let burial = self.burial(asked, freshness);
                let skipped = keys.skipped().to_vec();
                let next = match &held {
                    None => Held::first(keys, validator, asked),
                    Some(held) => held.replaced(keys, validator, asked, burial)?,
                };
                let before = held.map(|held| held.generation());
                self.journal
                    .updated(&next, before != Some(next.generation()));
                self.journal.skipped(&skipped);
                (next, freshness)
            }
        };
        let next = next.confirmed(asked, self.limits.max_stale);
        self.held.store(Some(Arc::new(next)));
        Ok(freshness)
    }

    /// A file has no older copies on the way: what its owner puts back is meant to be back.
    fn burial(&self, asked: Duration, freshness: Freshness) -> Burial {
        let until = if self.origin.may_have_older_copies() {
            asked.saturating_add(self.limits.bury_for)
        } else {
            asked
        };
        Burial {
            held_for: freshness.furthest_behind(),
            until,
        }
    }

    pub(super) fn holds(&self, kid: &str) -> bool {
        self.held
            .load()
            .as_ref()
            .is_some_and(|held| held.find(kid).is_some())
    }

    /// Rounded up: what looks due without the lock is due with it.
    fn publish_due(&self, control: &Control) {
        let millis = control.cadence.due().as_nanos().div_ceil(1_000_000);
        let millis = u64::try_from(millis).unwrap_or(u64::MAX);
        self.due_millis.store(millis, Ordering::Relaxed);
    }
}

/// The disk copy, read before the first fetch and written after a good one.
impl Remote {
    async fn restore(self: &Arc<Self>) {
        if self.control().disk_was_read {
            return;
        }
        let Some(disk) = self.disk.clone() else {
            return;
        };
        let clock = Arc::clone(&self.clock);
        match spawn_blocking(move || disk.read(clock.as_ref())).await {
            Ok(Ok(Some(restored))) => self.use_restored(restored),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => self.journal.copy_refused(&error),
            // Lost with its runtime, or by a panic that its hook has reported: read it next time.
            Err(_) => return,
        }
        self.control().disk_was_read = true;
    }

    /// A copy that is too old is kept as well, unusable: its keys can still be found withdrawn. One
    /// that comes late replaces nothing.
    fn use_restored(&self, restored: Restored) {
        let now = self.clock.monotonic();
        let held = Held::first(restored.keys, None, now)
            .remembering(restored.withdrawn, &restored.since)
            .confirmed_before(restored.age, now, self.limits.max_stale);
        let held = Arc::new(held);
        let nothing: Option<Arc<Held>> = None;
        let before = self
            .held
            .compare_and_swap(&nothing, Some(Arc::clone(&held)));
        if before.is_none() {
            self.journal.restored(&held, restored.age);
            self.count_keys(now);
        }
    }

    /// Attempts may overlap here. They write one after the other, each what is then held.
    async fn save(self: &Arc<Self>) {
        let Some(disk) = self.disk.clone() else {
            return;
        };
        let remote = Arc::clone(self);
        match spawn_blocking(move || remote.write(&disk)).await {
            Ok(Ok(())) => self.journal.copy_written(),
            Ok(Err(error)) => self.journal.copy_not_written(&error),
            // A panic has been reported by its hook; the next attempt writes again.
            Err(_) => {}
        }
    }

    fn write(&self, disk: &DiskCopy) -> Result<(), DiskError> {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = self.held.load_full() else {
            return Ok(());
        };
        let now = self.clock.monotonic();
        let age = held.age(now);
        let next = Saved {
            generation: held.generation(),
            withdrawn: held.withdrawn(),
            confirmed: now.saturating_sub(age),
        };
        if self.is_worth_saving(saved.as_ref(), &next) {
            disk.write(&held, age, self.clock.as_ref())?;
            *saved = Some(next);
        }
        Ok(())
    }

    fn is_worth_saving(&self, saved: Option<&Saved>, next: &Saved) -> bool {
        let Some(saved) = saved else { return true };
        let same = saved.generation == next.generation && saved.withdrawn == next.withdrawn;
        let later = self.limits.max_stale / CONFIRMATION_SHARE;
        !same || next.confirmed >= saved.confirmed.saturating_add(later)
    }
}

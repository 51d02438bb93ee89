//! The key set of one issuer: who may use which snapshot, and which attempt to renew it runs.
//!
//! Readers take the snapshot from behind an atomic pointer. Everything else (the budgets and the
//! one attempt that may be in the air) is behind a mutex that is never held across an await, and
//! that nobody takes who finds their key.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};
use moka::sync::Cache;
use token::{Clock, Kid, Rejection};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::cadence::Cadence;
use crate::disk::DiskCopy;
use crate::fetch::TOTAL_LIMIT;
use crate::held::{Found, Held};
use crate::journal::Journal;
use crate::metric;
use crate::origin::Origin;
use crate::readiness::IssuerReadiness;
use crate::verifier::VerifyError;

mod attempt;

/// How many kids are remembered as unknown.
const MOST_ABSENT: u64 = 10_000;

/// For how long one who found a refresh due is left to start it.
const CLAIM_MILLIS: u64 = 1000;

/// How long anybody waits for an attempt: one that takes longer has its task in a runtime that
/// stands still.
const FLIGHT_LIMIT: Duration = TOTAL_LIMIT.saturating_mul(2);

/// How long sets and tombstones last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_stale: Duration,
    pub(crate) min_refetch: Duration,
    /// For how long a withdrawn key is barred.
    pub(crate) bury_for: Duration,
}

/// The key set of one issuer, kept up to date.
pub(crate) struct Remote {
    origin: Origin,
    disk: Option<DiskCopy>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    journal: Journal,
    held: ArcSwapOption<Held>,
    /// The next scheduled refresh in milliseconds of the monotonic clock, for those who take no
    /// lock; `Cadence` has the truth.
    due_millis: AtomicU64,
    /// Kids that a fetch has just shown to be unknown, and when.
    absent: Cache<Kid, Duration>,
    control: Mutex<Control>,
    /// What the disk copy holds; whoever has the lock may write it.
    saved: Mutex<Option<attempt::Saved>>,
}

/// What only those look at who need more than the held set.
struct Control {
    cadence: Cadence,
    flight: watch::Receiver<Progress>,
    /// When it began.
    launched: Duration,
    disk_was_read: bool,
}

/// How far an attempt has come. It is over when its sender is gone, also if it has panicked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Flying,
    /// What it brought, if anything, is held; it may still be writing the disk copy.
    Settled,
}

/// Which budget pays for an attempt.
enum Reason {
    Scheduled,
    UnknownKid(Kid),
}

impl Remote {
    pub(crate) fn new(
        origin: Origin,
        disk: Option<DiskCopy>,
        issuer: &str,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let cadence = Cadence::new(limits.max_stale, limits.min_refetch);
        Self {
            journal: Journal::new(issuer, origin.location()),
            origin,
            disk,
            clock,
            limits,
            held: ArcSwapOption::empty(),
            due_millis: AtomicU64::new(0),
            absent: Cache::new(MOST_ABSENT),
            control: Mutex::new(Control {
                cadence,
                flight: attempt::landed(),
                launched: Duration::ZERO,
                disk_was_read: false,
            }),
            saved: Mutex::new(None),
        }
    }

    /// The set, if one is held that may still be used. Starts a refresh when one is due, and does
    /// not wait for it.
    pub(crate) fn current(self: &Arc<Self>) -> Option<Guard<Option<Arc<Held>>>> {
        let now = self.clock.monotonic();
        self.refresh_if_due(now);
        let held = self.held.load();
        held.as_ref()
            .is_some_and(|held| held.is_usable(now))
            .then_some(held)
    }

    /// The key with this id; asks the issuer for one that is not held, as far as the budget goes.
    pub(crate) async fn find(self: &Arc<Self>, kid: &str) -> Result<Found, VerifyError> {
        if let Some(found) = self.look(kid) {
            return Ok(found);
        }
        if let Some(flight) = self.board(kid) {
            // Boxed: few wait, and all carry the room for it.
            Box::pin(self.wait_for(kid, flight)).await;
        }
        self.look(kid).ok_or_else(|| self.why_not())
    }

    /// Starts a refresh when one is due, and tells the metrics how old the set is.
    pub(crate) fn keep_fresh(self: &Arc<Self>) {
        let now = self.clock.monotonic();
        self.refresh_if_due(now);
        self.count_keys(now);
        if let Some(held) = self.held.load().as_ref() {
            metric::age(self.journal.issuer(), held.age(now));
        }
    }

    /// Attempts a refresh now, whatever the schedule says, and waits for its end.
    pub(crate) async fn refresh(self: &Arc<Self>) {
        let mut flight = {
            let mut control = self.control();
            self.in_the_air(&mut control, self.clock.monotonic())
                .unwrap_or_else(|| self.launch(&mut control, Reason::Scheduled))
        };
        in_time(async { while flight.changed().await.is_ok() {} }).await;
    }

    /// When the next scheduled refresh may begin, on the monotonic clock.
    pub(crate) fn due(&self) -> Duration {
        Duration::from_millis(self.due_millis.load(Ordering::Relaxed))
    }

    /// What is held, for probes and metrics.
    pub(crate) fn readiness(&self) -> IssuerReadiness {
        let now = self.clock.monotonic();
        let held = self.held.load();
        IssuerReadiness {
            issuer: self.journal.issuer().to_owned(),
            keys: self.usable_keys(now),
            age: held.as_ref().map(|held| held.age(now)),
            problem: self.journal.problem(),
        }
    }
}

/// What may be used.
impl Remote {
    fn usable_keys(&self, now: Duration) -> usize {
        let held = self.held.load();
        let usable = held.as_ref().filter(|held| held.is_usable(now));
        usable.map_or(0, |held| held.keys().len())
    }

    fn count_keys(&self, now: Duration) {
        metric::keys(self.journal.issuer(), self.usable_keys(now));
    }
}

/// Who waits, and for what.
impl Remote {
    fn look(self: &Arc<Self>, kid: &str) -> Option<Found> {
        self.current()?.as_ref()?.find(kid)
    }

    /// Until the attempt has brought the key or is over, whichever comes first.
    async fn wait_for(self: &Arc<Self>, kid: &str, mut flight: watch::Receiver<Progress>) {
        in_time(async {
            while self.look(kid).is_none() && *flight.borrow_and_update() == Progress::Flying {
                if flight.changed().await.is_err() {
                    break;
                }
            }
        })
        .await;
    }

    fn why_not(self: &Arc<Self>) -> VerifyError {
        if self.current().is_some() {
            return Rejection::UnknownKey.into();
        }
        let retry_after = self.due().saturating_sub(self.clock.monotonic());
        VerifyError::Unavailable {
            retry_after: retry_after.max(Duration::from_secs(1)),
        }
    }

    /// An attempt that may bring this kid, if there is one to wait for.
    fn board(self: &Arc<Self>, kid: &str) -> Option<watch::Receiver<Progress>> {
        let now = self.clock.monotonic();
        let kid = Kid::new(kid).ok()?;
        let holds_a_set = self.current().is_some();
        if holds_a_set && self.is_known_to_be_absent(&kid, now) {
            return None;
        }
        let mut control = self.control();
        if let Some(flight) = self.in_the_air(&mut control, now) {
            return Some(flight);
        }
        let reason = match holds_a_set {
            false => (now >= control.cadence.due()).then_some(Reason::Scheduled)?,
            true if self.holds(kid.as_str()) => return None,
            true => control
                .cadence
                .search_begins(now)
                .then_some(Reason::UnknownKid(kid))?,
        };
        Some(self.launch(&mut control, reason))
    }

    fn is_known_to_be_absent(&self, kid: &Kid, now: Duration) -> bool {
        let recently = |seen: Duration| now.saturating_sub(seen) < self.limits.min_refetch;
        let held = self.held.load();
        self.absent.get(kid).is_some_and(recently)
            || held
                .as_ref()
                .is_some_and(|held| held.withdrawn().contains(kid.as_str(), now))
    }

    /// Of all who find a refresh due, one takes the lock, and looks again: another may have done
    /// it meanwhile.
    fn refresh_if_due(self: &Arc<Self>, now: Duration) {
        let due = self.due_millis.load(Ordering::Relaxed);
        if now < Duration::from_millis(due) || !self.claim(due) {
            return;
        }
        let mut control = self.control();
        if now >= control.cadence.due() && self.in_the_air(&mut control, now).is_none() {
            self.launch(&mut control, Reason::Scheduled);
        }
    }

    /// Moves the published time on, so that others see nothing due; the end of the attempt that
    /// is under way, or about to be, publishes the true one.
    fn claim(&self, due: u64) -> bool {
        let later = due.saturating_add(CLAIM_MILLIS);
        self.due_millis
            .compare_exchange(due, later, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}

/// Waits for an attempt, as long as it is worth it. What is held then is the answer.
async fn in_time(landing: impl Future<Output = ()>) {
    if Handle::try_current().is_ok() {
        let _ = timeout(FLIGHT_LIMIT, landing).await;
    }
}

//! What the customers and the operator have seen.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// Within which every replica follows a change of the ring; twice what is promised, for a machine
/// that is busy.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(4);

#[derive(Default)]
pub(super) struct Record {
    over: AtomicBool,
    requests: AtomicUsize,
    excused: AtomicUsize,
    repeated: AtomicUsize,
    /// Odd while the database is down.
    turns: AtomicUsize,
    /// Odd while a replica stops.
    stops: AtomicUsize,
    failures: Mutex<Vec<String>>,
    active: Mutex<BTreeSet<String>>,
    revoked: Mutex<BTreeSet<String>>,
    signed: Mutex<BTreeMap<String, Signed>>,
}

/// When a key is known to have signed.
struct Signed {
    first_answer: Instant,
    last_request: Instant,
}

/// A moment, for asking later what happened since.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    turns: usize,
    stops: usize,
    at: Instant,
}

impl Record {
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    pub(super) fn database_goes_down(&self) {
        self.turns.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn database_is_back(&self) {
        self.turns.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn replica_stops(&self) {
        self.stops.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn replica_has_stopped(&self) {
        self.stops.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn moment(&self) -> Moment {
        Moment {
            turns: self.turns.load(Ordering::SeqCst),
            stops: self.stops.load(Ordering::SeqCst),
            at: Instant::now(),
        }
    }

    /// Whether the database was down at that moment, or at any time since.
    pub(super) fn was_down_since(&self, moment: Moment) -> bool {
        moment.turns % 2 == 1 || self.turns.load(Ordering::SeqCst) != moment.turns
    }

    /// Whether a replica was stopping at that moment, or at any time since.
    pub(super) fn was_stopping_since(&self, moment: Moment) -> bool {
        moment.stops % 2 == 1 || self.stops.load(Ordering::SeqCst) != moment.stops
    }

    pub(super) fn repeated(&self) {
        self.repeated.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn requested(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn excused(&self) {
        self.excused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed(&self, failure: String) {
        self.failures
            .lock()
            .expect("no holder panics")
            .push(failure);
    }

    pub(super) fn saw_active(&self, kid: &str) {
        self.active
            .lock()
            .expect("no holder panics")
            .insert(kid.to_owned());
    }

    pub(super) fn is_being_revoked(&self, kid: &str) {
        self.revoked
            .lock()
            .expect("no holder panics")
            .insert(kid.to_owned());
    }

    pub(super) fn is_revoked(&self, kid: &str) -> bool {
        self.revoked.lock().expect("no holder panics").contains(kid)
    }

    /// A token was signed by this key in answer to a request of that moment.
    pub(super) fn saw_signature(&self, kid: String, asked: Moment) {
        let now = Instant::now();
        let mut signed = self.signed.lock().expect("no holder panics");
        let seen = signed.entry(kid).or_insert(Signed {
            first_answer: now,
            last_request: asked.at,
        });
        seen.last_request = seen.last_request.max(asked.at);
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many keys have signed.
    pub(super) fn signers(&self) -> usize {
        self.signed.lock().expect("no holder panics").len()
    }

    /// How often another key became the active one.
    pub(super) fn rotations(&self) -> usize {
        let active = self.active.lock().expect("no holder panics");
        active.len().saturating_sub(1)
    }

    pub(super) fn summary(&self) -> String {
        format!(
            "{} requests, {} answered 503 while the database was down, {} repeated on a new \
             connection, {} rotations, {} of them revocations, {} failures",
            self.requests(),
            self.excused.load(Ordering::Relaxed),
            self.repeated.load(Ordering::Relaxed),
            self.rotations(),
            self.revoked.lock().expect("no holder panics").len(),
            self.failures.lock().expect("no holder panics").len(),
        )
    }

    pub(super) fn assert_that_nothing_failed(&self) {
        let failures = self.failures.lock().expect("no holder panics");
        assert!(failures.is_empty(), "{failures:#?}");
    }

    pub(super) fn assert_that_somebody_missed_the_database(&self) {
        let excused = self.excused.load(Ordering::Relaxed);
        assert!(excused > 0, "nobody missed the database");
    }

    /// Once a key has signed at any replica, its predecessor soon signs at none.
    pub(super) fn assert_that_one_key_signed_at_a_time(&self) {
        let signed = self.signed.lock().expect("no holder panics");
        let mut keys: Vec<_> = signed.iter().collect();
        keys.sort_by_key(|(_, signed)| signed.first_answer);
        for pair in keys.windows(2) {
            let ((old, before), (new, after)) = (pair[0], pair[1]);
            let together = before
                .last_request
                .saturating_duration_since(after.first_answer);
            assert!(
                together < FOLLOWED_WITHIN,
                "{old} and {new} both signed for {together:?}"
            );
        }
    }
}

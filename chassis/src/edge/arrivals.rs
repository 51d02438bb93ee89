//! What all requests hold whose bodies are on their way, with a ceiling in bytes.
//!
//! Beyond it the request that has been at it for the longest goes. Whoever sends without delay is
//! done long before that is his turn; refusing the newcomer instead would let slow clients that
//! have filled the room keep everybody out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;

use futures_util::task::AtomicWaker;

pub(super) struct Arrivals {
    ceiling: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    bytes: usize,
    entered: u64,
    /// In the order in which they entered.
    guests: BTreeMap<u64, Guest>,
}

struct Guest {
    bytes: usize,
    notice: Arc<Notice>,
}

/// Tells a request to go.
#[derive(Default)]
struct Notice {
    given: AtomicBool,
    waker: AtomicWaker,
}

/// One request on its way; dropped, it holds nothing any more.
pub(super) struct Arrival {
    arrivals: Arc<Arrivals>,
    number: u64,
    notice: Arc<Notice>,
}

impl Arrivals {
    pub(super) fn new(ceiling: usize) -> Self {
        Self {
            ceiling,
            held: Mutex::default(),
        }
    }

    pub(super) fn enter(self: &Arc<Self>, bytes: usize) -> Arrival {
        let notice = Arc::<Notice>::default();
        let mut held = self.held();
        let number = held.entered;
        held.entered += 1;
        held.bytes += bytes;
        let guest = Guest {
            bytes,
            notice: notice.clone(),
        };
        held.guests.insert(number, guest);
        held.shrink_to(self.ceiling);
        Arrival {
            arrivals: self.clone(),
            number,
            notice,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn shrink_to(&mut self, ceiling: usize) {
        while self.bytes > ceiling
            && let Some((_, guest)) = self.guests.pop_first()
        {
            self.bytes -= guest.bytes;
            guest.notice.given.store(true, Relaxed);
            guest.notice.waker.wake();
        }
    }
}

impl Arrival {
    /// Once it has to go, what it holds counts no more: it is about to be dropped.
    pub(super) fn grow(&self, bytes: usize) {
        let mut held = self.arrivals.held();
        if let Some(guest) = held.guests.get_mut(&self.number) {
            guest.bytes += bytes;
            held.bytes += bytes;
            held.shrink_to(self.arrivals.ceiling);
        }
    }

    /// Whether it has to go. If not yet, the task is woken when it has to.
    pub(super) fn has_to_go(&self, context: &Context<'_>) -> bool {
        self.notice.waker.register(context.waker());
        self.notice.given.load(Relaxed)
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let mut held = self.arrivals.held();
        if let Some(guest) = held.guests.remove(&self.number) {
            held.bytes -= guest.bytes;
        }
    }
}

#[cfg(test)]
mod tests;

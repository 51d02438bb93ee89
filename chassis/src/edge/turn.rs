//! Whether a request with a body waits for the service or for the client.
//!
//! While its handler awaits the body it is the client's turn: the request gives its place in flight
//! back, so that clients who take their time keep nobody out. The place is taken again when the
//! body is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::in_flight::InFlight;
use crate::limits::Overloaded;

/// A place is held if and only if it is the service's turn.
const SERVICE: u8 = 0;
const CLIENT: u8 = 1;
const OVER: u8 = 2;

/// Shared by the request's body and by whoever runs its handler.
pub(super) struct Turn {
    whose: AtomicU8,
    in_flight: Arc<InFlight>,
}

impl Turn {
    /// The service's turn, until what is returned is dropped; `None` when there is no place.
    pub(super) fn begin(in_flight: &Arc<InFlight>) -> Option<Ending> {
        in_flight.take().then(|| {
            Ending(Arc::new(Self {
                whose: AtomicU8::new(SERVICE),
                in_flight: Arc::clone(in_flight),
            }))
        })
    }

    pub(super) fn pass_to_client(&self) {
        if self.change(SERVICE, CLIENT) {
            self.in_flight.give_back();
            self.in_flight.arriving.increment(1);
        }
    }

    /// Fails when every place is taken. Without effect when it is the service's turn already.
    pub(super) fn pass_to_service(&self) -> Result<(), Overloaded> {
        if self.whose.load(Relaxed) != CLIENT {
            return Ok(());
        }
        if !self.in_flight.take() {
            return Err(Overloaded);
        }
        if self.change(CLIENT, SERVICE) {
            self.in_flight.arriving.decrement(1);
        } else {
            self.in_flight.give_back();
        }
        Ok(())
    }

    fn end(&self) {
        match self.whose.swap(OVER, Relaxed) {
            SERVICE => self.in_flight.give_back(),
            CLIENT => self.in_flight.arriving.decrement(1),
            _ => {}
        }
    }

    fn change(&self, from: u8, to: u8) -> bool {
        let changed = self.whose.compare_exchange(from, to, Relaxed, Relaxed);
        changed.is_ok()
    }
}

/// Ends the turns when the handler is done, whoever keeps the body.
pub(super) struct Ending(Arc<Turn>);

impl Ending {
    pub(super) fn turn(&self) -> Arc<Turn> {
        Arc::clone(&self.0)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

//! What a service has left of the body of an HTTP/2 request.
//!
//! Whoever refuses a request does so before its body has come. HTTP/2 then ends the answer and resets
//! the stream (RFC 9113 §8.1), and there are clients (curl 7.88) that throw away an answer which a
//! reset follows while they are still sending. So the end of the answer waits for the end of a body
//! that is not too long.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use http_body::Body as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::body::Punctual;

/// So much is read for nothing, in bytes; it comes through the window of one stream (64 KiB).
const LONGEST: usize = 1024 * 1024;

/// So many are waited for at once on a listener. Of those beyond, the stream is reset: what a client
/// begins and does not end must not hold memory that nobody counts.
const MOST: usize = 256;

/// The places for bodies that are waited for.
#[derive(Clone)]
pub(super) struct Rests(Arc<Semaphore>);

/// Filled by whoever lets go of the body, emptied by the answer.
#[derive(Clone)]
pub(super) struct Rest {
    left: Arc<Mutex<Option<Left>>>,
    all: Rests,
}

struct Left {
    body: Punctual,
    read: usize,
    _place: OwnedSemaphorePermit,
}

impl Rests {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }

    pub(super) fn of_one_request(&self) -> Rest {
        Rest {
            left: Arc::default(),
            all: self.clone(),
        }
    }

    fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().try_acquire_owned().ok()
    }
}

impl Rest {
    pub(super) fn leave(&self, body: Punctual) {
        *self.left() = self.all.place().map(|place| Left {
            body,
            read: 0,
            _place: place,
        });
    }

    pub(super) fn is_none(&self) -> bool {
        self.left().is_none()
    }

    /// Ready when nothing is left, or nobody waits for what is.
    pub(super) fn poll_end(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut left = self.left();
        if let Some(left) = &mut *left {
            ready!(left.poll_end(context));
        }
        *left = None;
        Poll::Ready(())
    }

    fn left(&self) -> MutexGuard<'_, Option<Left>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Left {
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.read <= LONGEST {
            let Some(Ok(frame)) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
                break;
            };
            self.read += frame.data_ref().map_or(0, bytes::Bytes::len);
        }
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_waited_for_and_no_more() {
        let all = Rests::new();
        let mut places: Vec<_> = (0..MOST).map(|_| all.place()).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(all.place().is_none());
        places.pop();
        assert!(all.place().is_some());
        drop(places);
        assert_eq!(all.0.available_permits(), MOST);
    }
}

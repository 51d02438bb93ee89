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

use super::body::Punctual;

/// So much is read for nothing, in bytes; it comes through the window of one stream (64 KiB).
const LONGEST: usize = 1024 * 1024;

/// Filled by whoever lets go of the body, emptied by the answer.
#[derive(Clone, Default)]
pub(super) struct Rest(Arc<Mutex<Option<Left>>>);

struct Left {
    body: Punctual,
    read: usize,
}

impl Rest {
    pub(super) fn leave(&self, body: Punctual) {
        *self.left() = Some(Left { body, read: 0 });
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

//! What is held of answers until their clients take them, with a ceiling in bytes.
//!
//! Beyond it the answer is given up of which nothing was taken for the longest: its bytes are freed
//! at once, and its client sees the stream or the connection break off. Whoever reads, however
//! slowly, has more time than who does not.

use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::Version;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Collected};

use crate::ledger::Ledger;
use crate::limits::Overloaded;
use crate::metrics::UNREAD_GIVEN_UP;

/// What a connection is given at a time: so much of an answer is out of reach once it is.
const PIECE: usize = 16 * 1024;

/// What is left of each answer. Its memory lives as long as any of it does, so all of it counts
/// until the last piece is taken.
pub(super) struct Unread(Mutex<Ledger<Bytes>>);

impl Unread {
    pub(super) fn new(ceiling: usize) -> Self {
        Self(Mutex::new(Ledger::new(ceiling)))
    }

    /// Holds the content of an answer here instead of in its connection. Over HTTP/1 a connection
    /// has one answer at a time, so that small ones are bounded by the connections.
    pub(super) async fn hold(self: &Arc<Self>, version: Version, response: &mut Response) {
        let least = if version == Version::HTTP_2 { 1 } else { PIECE };
        let size = response.body().size_hint().exact();
        let is_nothing = response.body().is_end_stream();
        if is_nothing || size.is_some_and(|size| size < least as u64) {
            return;
        }
        // On the heap, or every request would have room for it.
        Box::pin(self.take_over(response, least)).await;
    }

    async fn take_over(self: &Arc<Self>, response: &mut Response, least: usize) {
        let body = std::mem::take(response.body_mut());
        // All of it is there, whole or to be compressed; a compressor would keep what is behind it.
        *response.body_mut() = match body.collect().await.map(Collected::to_bytes) {
            Ok(content) if content.len() < least => content.into(),
            Ok(content) => Body::new(self.enter(content)),
            Err(error) => Body::from_stream(stream::once(ready(Err::<Bytes, _>(error)))),
        };
    }

    fn enter(self: &Arc<Self>, content: Bytes) -> Answer {
        let left = content.len();
        let (content, held) = with_capacity(content);
        let mut ledger = self.ledger();
        let number = ledger.enter(held, content);
        while ledger.next_to_go().is_some() {
            metrics::counter!(UNREAD_GIVEN_UP).increment(1);
        }
        Answer {
            unread: self.clone(),
            number,
            left,
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A buffer that has grown holds up to twice of what is in it.
fn with_capacity(content: Bytes) -> (Bytes, usize) {
    match content.try_into_mut() {
        Ok(content) => {
            let held = content.capacity();
            (content.freeze(), held)
        }
        Err(shared) => {
            let held = shared.len();
            (shared, held)
        }
    }
}

/// The content of one answer, as its connection asks for it.
struct Answer {
    unread: Arc<Unread>,
    /// In the ledger.
    number: u64,
    left: usize,
}

impl Answer {
    /// The next piece; `None` when the answer was given up.
    fn take(&mut self) -> Option<Bytes> {
        let mut ledger = self.unread.ledger();
        let (held, mut rest) = ledger.leave(self.number)?;
        let piece = rest.split_to(rest.len().min(PIECE));
        let is_whole = rest.is_empty() && held <= PIECE;
        if !rest.is_empty() {
            self.number = ledger.enter(held, rest);
        }
        // A part would keep the whole alive.
        Some(if is_whole {
            piece
        } else {
            Bytes::copy_from_slice(&piece)
        })
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Overloaded;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Overloaded>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = self.take();
        self.left = piece.as_ref().map_or(0, |piece| self.left - piece.len());
        Poll::Ready(Some(piece.map(Frame::data).ok_or(Overloaded)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.unread.ledger().leave(self.number);
    }
}

#[cfg(test)]
mod tests;

//! What is held of answers until their clients take them, with a ceiling in bytes.
//!
//! Beyond it the answer that has been waiting for the longest is given up: its bytes are freed at
//! once, and its client sees the stream or the connection break off. Whoever reads without delay is
//! done long before that is his turn.

use std::collections::BTreeMap;
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
use http_body_util::BodyExt;

use crate::limits::Overloaded;
use crate::metrics::UNREAD_GIVEN_UP;

/// What a connection is given at a time: so much of an answer is out of reach once it is.
const PIECE: usize = 16 * 1024;

pub(super) struct Unread {
    ceiling: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    bytes: usize,
    entered: u64,
    /// In the order in which they entered.
    answers: BTreeMap<u64, Waiting>,
}

/// The bytes live as long as any of them does, so they count until the last is taken.
struct Waiting {
    rest: Bytes,
    size: usize,
}

impl Unread {
    pub(super) fn new(ceiling: usize) -> Self {
        Self {
            ceiling,
            held: Mutex::default(),
        }
    }

    /// Holds the content of an answer here instead of in its connection. Over HTTP/1 a connection
    /// has one answer at a time, so that small ones are bounded by the connections.
    pub(super) async fn hold(self: &Arc<Self>, version: Version, response: &mut Response) {
        let least = if version == Version::HTTP_2 { 1 } else { PIECE };
        let size = response.body().size_hint().exact();
        let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else {
            return;
        };
        if size < least {
            return;
        }
        let body = std::mem::take(response.body_mut());
        // What has a length is there already.
        *response.body_mut() = match body.collect().await {
            Ok(content) => Body::new(self.enter(content.to_bytes())),
            Err(error) => Body::from_stream(stream::once(ready(Err::<Bytes, _>(error)))),
        };
    }

    fn enter(self: &Arc<Self>, rest: Bytes) -> Answer {
        let (size, mut held) = (rest.len(), self.held());
        let number = held.entered;
        held.entered += 1;
        held.bytes += size;
        held.answers.insert(number, Waiting { rest, size });
        held.shrink_to(self.ceiling);
        Answer {
            unread: self.clone(),
            number,
            left: size,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn shrink_to(&mut self, ceiling: usize) {
        while self.bytes > ceiling
            && let Some((_, answer)) = self.answers.pop_first()
        {
            self.bytes -= answer.size;
            metrics::counter!(UNREAD_GIVEN_UP).increment(1);
        }
    }

    /// The next piece; `None` when the answer was given up.
    fn take(&mut self, number: u64) -> Option<Bytes> {
        let waiting = self.answers.get_mut(&number)?;
        let piece = waiting.rest.split_to(waiting.rest.len().min(PIECE));
        if !waiting.rest.is_empty() {
            // A part would keep the whole alive.
            return Some(Bytes::copy_from_slice(&piece));
        }
        let size = waiting.size;
        self.leave(number);
        Some(if size > PIECE {
            Bytes::copy_from_slice(&piece)
        } else {
            piece
        })
    }

    fn leave(&mut self, number: u64) {
        if let Some(answer) = self.answers.remove(&number) {
            self.bytes -= answer.size;
        }
    }
}

/// The content of one answer, as its connection asks for it.
struct Answer {
    unread: Arc<Unread>,
    number: u64,
    left: usize,
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
        let piece = self.unread.held().take(self.number);
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
        self.unread.held().leave(self.number);
    }
}

#[cfg(test)]
mod tests;

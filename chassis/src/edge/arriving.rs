//! The body of a request, which may have to be waited for.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use super::arrivals::{Arrival, Arrivals};
use super::turn::Turn;
use crate::limits::Overloaded;
use crate::metrics::SHED;

/// What a frame of its own costs whoever collects it.
const FRAME: usize = 64;

/// Fails with [`Overloaded`] when the request is to be given up for the others.
///
/// A body that is all there with its header costs nothing here: no lock, no copy.
pub(super) struct Arriving {
    body: Body,
    turn: Arc<Turn>,
    arrivals: Arc<Arrivals>,
    /// The request, and what has come of its body, in bytes.
    held: usize,
    /// From the first wait on.
    arrival: Option<Arrival>,
}

type Item = Result<Frame<Bytes>, axum::BoxError>;

impl Arriving {
    pub(super) fn new(body: Body, held: usize, turn: Arc<Turn>, arrivals: Arc<Arrivals>) -> Self {
        Self {
            body,
            turn,
            arrivals,
            held,
            arrival: None,
        }
    }

    fn wait(&mut self, context: &Context<'_>) -> Poll<Option<Item>> {
        let (arrivals, held) = (&self.arrivals, self.held);
        let arrival = self.arrival.get_or_insert_with(|| arrivals.enter(held));
        if arrival.has_to_go(context) {
            return refused(Overloaded);
        }
        self.turn.pass_to_client();
        Poll::Pending
    }

    fn take(&mut self, frame: Frame<Bytes>) -> Poll<Option<Item>> {
        let frame = frame.map_data(|data| self.keep(data));
        if self.body.is_end_stream() {
            self.end(Some(frame))
        } else {
            Poll::Ready(Some(Ok(frame)))
        }
    }

    /// A few bytes that came by themselves would keep the whole buffer into which they were read,
    /// which is thousands; their copy keeps what it says.
    fn keep(&mut self, data: Bytes) -> Bytes {
        self.held += data.len() + FRAME;
        let Some(arrival) = &self.arrival else {
            return data;
        };
        arrival.grow(data.len() + FRAME);
        Bytes::copy_from_slice(&data)
    }

    fn end(&mut self, last: Option<Frame<Bytes>>) -> Poll<Option<Item>> {
        match self.turn.pass_to_service() {
            Ok(()) => {
                self.arrival = None;
                Poll::Ready(last.map(Ok))
            }
            Err(overloaded) => refused(overloaded),
        }
    }
}

fn refused(overloaded: Overloaded) -> Poll<Option<Item>> {
    metrics::counter!(SHED).increment(1);
    Poll::Ready(Some(Err(overloaded.into())))
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => self.take(frame),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => self.end(None),
            Poll::Pending => self.wait(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;

//! A request's body that has to arrive in time, and an answer's body whose end is noticed.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::pulse::Pulse;
use super::rest::Rest;
use super::unsent::Owed;
use crate::limits::BodyTimeout;

/// Fails with [`BodyTimeout`] when it is not complete by its deadline, however steadily it trickles.
pub(super) struct Punctual {
    body: Incoming,
    deadline: Instant,
    /// Made at the first wait: most bodies are there with their header.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Punctual {
    pub(super) fn new(body: Incoming, may_take: Duration) -> Self {
        Self {
            body,
            deadline: Instant::now() + may_take,
            alarm: None,
        }
    }

    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        let deadline = self.deadline;
        let alarm = self
            .alarm
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        alarm.as_mut().poll(context).is_ready()
    }
}

impl Body for Punctual {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(Into::into))),
            Poll::Pending if self.is_late(context) => Poll::Ready(Some(Err(BodyTimeout.into()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request's body. A body that somebody may still read keeps its request in progress, answered
/// or not.
pub(super) struct Received {
    /// `None` when it is dropped.
    body: Option<Punctual>,
    has_ended: bool,
    /// Where it goes when it is let go of before its end, over HTTP/2.
    rest: Option<Rest>,
    /// Dropped after the body: who finds that nothing is in progress finds no body either.
    request: InProgress,
}

impl Received {
    pub(super) fn new(body: Punctual, rest: Option<Rest>, request: InProgress) -> Self {
        Self {
            body: Some(body),
            has_ended: false,
            rest,
            request,
        }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        let Some(body) = self.body.take() else { return };
        if self.has_ended || body.is_end_stream() {
            return;
        }
        match &self.rest {
            Some(rest) => rest.leave(body),
            None => self.request.body_is_cut = true,
        }
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        self.has_ended = frame.is_none();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.as_ref();
        body.map_or_else(SizeHint::default, Body::size_hint)
    }
}

/// Tells the pulse when the answer has been handed over, or given up.
pub(super) struct Counted {
    body: axum::body::Body,
    /// By an HTTP/2 connection.
    owed: Option<Arc<Owed>>,
    /// Of the request, over HTTP/2.
    rest: Option<Rest>,
    /// It is not asked again while the rest is awaited.
    has_ended: bool,
    _request: InProgress,
}

/// From the header of a request to the end of its answer.
pub(super) struct InProgress {
    pulse: Arc<Pulse>,
    body_is_cut: bool,
}

impl InProgress {
    pub(super) fn begin(pulse: Arc<Pulse>) -> Self {
        pulse.request_began();
        Self {
            pulse,
            body_is_cut: false,
        }
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        if self.body_is_cut {
            self.pulse.body_cut();
        }
        self.pulse.answer_ended();
    }
}

impl Counted {
    pub(super) fn new(body: axum::body::Body, request: InProgress) -> Self {
        Self {
            body,
            owed: None,
            rest: None,
            has_ended: false,
            _request: request,
        }
    }

    pub(super) fn owed(self, owed: Option<Arc<Owed>>) -> Self {
        Self { owed, ..self }
    }

    pub(super) fn before_its_end(self, rest: Option<Rest>) -> Self {
        Self { rest, ..self }
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = if self.has_ended {
            None
        } else {
            ready!(Pin::new(&mut self.body).poll_frame(context))
        };
        self.has_ended = frame.is_none();
        if let (true, Some(rest)) = (self.has_ended, &self.rest) {
            ready!(rest.poll_end(context));
        }
        Poll::Ready(match (frame, &self.owed) {
            (Some(Ok(frame)), Some(owed)) => Some(Ok(frame.map_data(|data| owed.lend(data)))),
            (frame, _) => frame,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && self.rest.as_ref().is_none_or(Rest::is_none)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

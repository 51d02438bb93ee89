//! How much of everything one client may take. Tests shorten the times; services keep the defaults.

use std::error::Error;
use std::time::Duration;

/// Bounds of a listener and its connections.
#[derive(Debug, Clone)]
pub struct Limits {
    /// From the first byte of a request (or the opening of the connection) to the end of its header.
    pub header_read: Duration,
    /// From the end of the header to the end of the body.
    pub body_read: Duration,
    /// How long a connection may stay open between two requests, or without any byte moving.
    pub idle: Duration,
    /// How long a stopping service lets a quiet connection finish a request that is on its way.
    pub farewell: Duration,
    /// Bytes of request line and header fields together.
    pub header_bytes: usize,
    /// Number of header fields.
    pub header_fields: usize,
    /// Bytes of the request target.
    pub target_bytes: usize,
    /// Concurrent streams of one HTTP/2 connection; fewer while there are many connections.
    pub http2_streams: u32,
    /// Requests of one listener that the service works on; the next is answered with 503. Those
    /// whose body is awaited do not count.
    pub in_flight: usize,
    /// What the requests of one listener hold whose bodies are awaited, in bytes; beyond it the one
    /// that has been at it for the longest is answered with 503.
    pub arriving_bytes: usize,
    /// What one listener holds of answers that their clients have not taken, in bytes; beyond it the
    /// one of which nothing was taken for the longest breaks off. As much again may lie in its
    /// HTTP/2 connections; beyond it the connection is closed that has not moved for the longest.
    pub unread_bytes: usize,
    /// Open connections of one listener; `None` takes it from the open-file limit and the memory
    /// limit of the control group.
    pub connections: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(10),
            body_read: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            farewell: Duration::from_millis(500),
            header_bytes: 16 * 1024,
            header_fields: 64,
            target_bytes: 8 * 1024,
            http2_streams: 128,
            in_flight: 1024,
            // A thousand of the largest bodies, or many thousands of common ones.
            arriving_bytes: 64 * 1024 * 1024,
            // Ten of the largest pages, or many thousands of common ones.
            unread_bytes: 64 * 1024 * 1024,
            connections: None,
        }
    }
}

impl Limits {
    /// No phase of a connection is over earlier after it began.
    pub(crate) fn shortest_phase(&self) -> Duration {
        self.header_read.min(self.idle)
    }

    /// For a listener that a few operators and scrapers share: it takes little from the public one.
    #[must_use]
    pub fn for_operators() -> Self {
        Self {
            in_flight: 32,
            arriving_bytes: 1024 * 1024,
            unread_bytes: 4 * 1024 * 1024,
            connections: Some(16),
            ..Self::default()
        }
    }
}

/// The body did not arrive within [`Limits::body_read`].
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
pub(crate) struct BodyTimeout;

/// The request is given up for the others: every place in flight was taken when its body was there,
/// or what is on its way took more than [`Limits::arriving_bytes`].
#[derive(Debug, thiserror::Error)]
#[error("the service has no room for the request")]
pub(crate) struct Overloaded;

/// Whether a failure was an `E` in truth, however deep it is wrapped.
pub(crate) fn is_caused_by<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<E>() {
            return true;
        }
        cause = error.source();
    }
    false
}

//! How many streams an HTTP/2 connection may have at once: the fewer, the more connections there are.
//!
//! A stream costs as much as an HTTP/1 connection that asks something. A few connections, as of
//! proxies, get all that [`Limits::http2_streams`] allows; thousands get what a page of a browser
//! needs.
//!
//! [`Limits::http2_streams`]: crate::Limits::http2_streams

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Shared by the connections, in the order in which they come.
const BUDGET: u32 = 8192;

const LEAST: u32 = 4;

/// Counts the connections.
pub(super) struct Streams {
    most: u32,
    connections: AtomicU32,
}

/// One of them, until it is dropped.
pub(super) struct Granted<'a> {
    streams: &'a Streams,
    pub(super) each: u32,
}

impl Streams {
    pub(super) const fn new(most: u32) -> Self {
        Self {
            most,
            connections: AtomicU32::new(0),
        }
    }

    pub(super) fn grant(&self) -> Granted<'_> {
        let connections = self.connections.fetch_add(1, Relaxed) + 1;
        let each = (BUDGET / connections).max(LEAST).min(self.most);
        Granted {
            streams: self,
            each,
        }
    }
}

impl Drop for Granted<'_> {
    fn drop(&mut self) {
        self.streams.connections.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_connections_get_fewer_streams_each_and_few_get_all() {
        let streams = Streams::new(128);
        let granted: Vec<_> = (0..10_000).map(|_| streams.grant()).collect();
        let each = [0, 63, 127, 1023, 9_999].map(|at| granted[at].each);
        assert_eq!(each, [128, 128, 64, 8, 4]);
        let all: u32 = granted.iter().map(|granted| granted.each).sum();
        assert!(all < 80_000, "{all}");
        drop(granted);
        assert_eq!(streams.grant().each, 128);
    }

    #[test]
    fn a_limit_below_the_least_is_kept() {
        assert_eq!(Streams::new(1).grant().each, 1);
    }
}

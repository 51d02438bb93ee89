//! How many connections there are, and how many writes want one.

use metrics::gauge;

const CONNECTIONS: &str = "database_connections";
const BUSY: &str = "database_writers_busy";
const WAITING: &str = "database_writes_waiting";

/// One more of something, until dropped.
pub(super) struct Counted(&'static str);

impl Counted {
    /// An open connection.
    pub(super) fn connection() -> Self {
        Self::begin(CONNECTIONS)
    }

    /// A connection that a write has to itself.
    pub(super) fn busy_writer() -> Self {
        Self::begin(BUSY)
    }

    /// A write that waits for a connection.
    pub(super) fn waiting_write() -> Self {
        Self::begin(WAITING)
    }

    fn begin(name: &'static str) -> Self {
        gauge!(name).increment(1);
        Self(name)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!(self.0).decrement(1);
    }
}

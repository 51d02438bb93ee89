//! Standard error as a place where lines may get lost.

use std::io::{self, Write};

use metrics::counter;
use tracing_subscriber::fmt::MakeWriter;

use crate::metrics::LOG_LINES_LOST;

/// Writes to standard error. A line that cannot be written (a full disk, a reader that has gone)
/// is counted and let go: a service that answers without a log is better than none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sink;

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if io::stderr().lock().write_all(line).is_err() {
            counter!(LOG_LINES_LOST).increment(1);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

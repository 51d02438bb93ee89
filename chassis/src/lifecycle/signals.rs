//! SIGTERM and SIGINT, as words; and the one signal that must not end the process.

use std::io;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn install() -> io::Result<Self> {
        // Where files may only grow so large (`ulimit -f`, `LimitFSIZE=`), the write that would go
        // beyond is refused, as on a full disk, and reading goes on. A handler, once there, stays.
        let _handled_by_who_writes = signal(SignalKind::from_raw(Number::XFSZ.as_raw()))?;
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(super) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

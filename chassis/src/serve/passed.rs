//! Listening sockets that the service manager has opened and passed on.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use listenfd::ListenFd;
use tokio::net::TcpListener;

/// Passed to the process, so there is one set for the process; each socket is taken once.
static PASSED: OnceLock<Mutex<ListenFd>> = OnceLock::new();

/// The socket called `name`, if one was passed.
pub(super) fn take(name: &str) -> io::Result<Option<TcpListener>> {
    let names = std::env::var_os("LISTEN_FDNAMES").unwrap_or_default();
    let names = names.to_string_lossy();
    let Some(index) = names.split(':').position(|passed| passed == name) else {
        return Ok(None);
    };
    let passed = PASSED.get_or_init(|| Mutex::new(ListenFd::from_env()));
    let taken = passed
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take_tcp_listener(index)?;
    taken.map(into_tokio).transpose()
}

fn into_tokio(socket: std::net::TcpListener) -> io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket)
}

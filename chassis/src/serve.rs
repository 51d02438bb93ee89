//! Listeners, and the loop that accepts connections from them.
//!
//! `axum::serve` keeps half a header, half a body and a silent connection open without end. This
//! loop bounds each of them ([`Limits`]), bounds how many there are, and survives running out of
//! file descriptors.

mod alarm;
mod awake;
mod body;
mod connection;
mod conversation;
mod frames;
mod last_words;
mod memory;
mod open_files;
mod passed;
mod places;
mod protocols;
mod pulse;
mod rest;
mod stream;
mod streams;
mod unsent;

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, Gauge};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use self::connection::Connections;
use self::places::{Place, Places, Refusal};
use crate::client_address::TrustedProxies;
use crate::edge::Site;
use crate::lifecycle::Tasks;
use crate::limits::Limits;
use crate::metrics::{ACCEPT_ERRORS, CONNECTIONS, TURNED_AWAY};
use crate::tls::Tls;

/// A bound address that is not yet served.
pub struct Listener {
    name: &'static str,
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    limits: Limits,
    proxies: TrustedProxies,
}

/// The address cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("{option}: cannot listen on {address}: {source}")]
pub struct ServeError {
    option: &'static str,
    address: SocketAddr,
    source: io::Error,
}

impl Listener {
    /// Binds the address and logs it as `listening` with the fields `addr` and `listener`.
    /// `name` is what the log and the metrics call it: `public` or `ops`. A socket of that name
    /// from the service manager (`FileDescriptorName=`) is taken instead of the address.
    ///
    /// # Errors
    /// The address is taken, or not ours.
    #[expect(
        clippy::unused_async,
        reason = "a socket needs a runtime, which an asynchronous caller has"
    )]
    pub async fn bind(
        name: &'static str,
        address: SocketAddr,
        tls: Option<Tls>,
        limits: Limits,
    ) -> Result<Self, ServeError> {
        let option = option_of(name);
        let refuse = |source| ServeError {
            option,
            address,
            source,
        };
        let socket = match passed::take(name).map_err(refuse)? {
            Some(socket) => socket,
            None => listen(address).map_err(refuse)?,
        };
        let address = socket.local_addr().map_err(refuse)?;
        tracing::info!(addr = %address, listener = name, "listening");
        Ok(Self {
            name,
            socket,
            address,
            tls,
            limits,
            proxies: TrustedProxies::default(),
        })
    }

    /// Connections from these addresses may take every place, as each speaks for many clients.
    #[must_use]
    pub fn trusting(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Where it listens: the real port when 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    /// Accepts until the stop, and then those who had already knocked.
    pub(crate) async fn run(self, site: Site, tasks: Tasks) -> Result<(), Infallible> {
        let cap = self.limits.connections;
        let cap = cap.unwrap_or_else(connection_cap);
        let mut door = Door {
            name: self.name,
            places: Places::new(cap, self.proxies),
            connections: Connections::new(site, self.tls, self.limits, tasks.stopping().clone()),
            tasks,
            open: metrics::gauge!(CONNECTIONS, "listener" => self.name),
            turned_away: [Refusal::Full, Refusal::BeyondShare].map(|refusal| {
                metrics::counter!(
                    TURNED_AWAY, "listener" => self.name, "reason" => refusal.as_str()
                )
            }),
            accept_errors: metrics::counter!(ACCEPT_ERRORS, "listener" => self.name),
            in_trouble: false,
        };
        loop {
            tokio::select! {
                accepted = self.socket.accept() => door.take(accepted).await,
                () = door.tasks.stopping().cancelled() => break,
            }
        }
        if let Ok(socket) = self.socket.into_std() {
            door.take_the_waiting(&socket);
        }
        Ok(())
    }
}

/// Lets connections in, while there are places.
struct Door {
    name: &'static str,
    places: Arc<Places>,
    connections: Connections,
    tasks: Tasks,
    open: Gauge,
    /// By the refusal.
    turned_away: [Counter; 2],
    accept_errors: Counter,
    in_trouble: bool,
}

impl Door {
    async fn take(&mut self, accepted: io::Result<(TcpStream, SocketAddr)>) {
        match accepted {
            Ok((stream, peer)) => {
                self.in_trouble = false;
                self.admit(stream, peer);
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => self.wait_for_resources(&error).await,
        }
    }

    /// Closing the listening socket resets whoever is still in its queue, so they are served first.
    fn take_the_waiting(&mut self, socket: &std::net::TcpListener) {
        while let Ok((stream, peer)) = socket.accept() {
            let stream = stream
                .set_nonblocking(true)
                .and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = stream {
                self.admit(stream, peer);
            }
        }
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr) {
        match self.places.take(peer.ip()) {
            Ok(place) => self.serve(stream, peer, place),
            Err(refusal) => self.turn_away(stream, refusal),
        }
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, place: Place) {
        let connection = self.connections.serve(stream, peer);
        let guest = Guest::new(self.open.clone(), place);
        self.tasks.spawn_contained(async move {
            connection.await;
            drop(guest);
        });
    }

    /// Says why, if that can be said at once, and hangs up: whoever has no place must not hold a
    /// file descriptor instead.
    fn turn_away(&self, stream: TcpStream, refusal: Refusal) {
        self.turned_away[refusal as usize].increment(1);
        if self.connections.are_encrypted() {
            return;
        }
        if let Ok(mut stream) = stream.into_std() {
            let _whether_it_is_heard = stream.write(&last_words::no_place());
        }
    }

    /// Out of file descriptors or memory: asking again at once would only burn the processor.
    async fn wait_for_resources(&mut self, error: &io::Error) {
        self.accept_errors.increment(1);
        if !std::mem::replace(&mut self.in_trouble, true) {
            tracing::warn!(listener = self.name, %error, "cannot accept connections");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A connection that was let in; dropped, it frees its place and is no longer counted.
struct Guest {
    open: Gauge,
    _place: Place,
}

impl Guest {
    fn new(open: Gauge, place: Place) -> Self {
        open.increment(1);
        Self {
            open,
            _place: place,
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.open.decrement(1);
    }
}

/// Connections that wait to be accepted; the system may allow fewer (`net.core.somaxconn`). What
/// the standard library asks for, 128, is less than a proxy opens at once after a restart, and a
/// client that finds the queue full comes again after a second.
const BACKLOG: u32 = 4096;

/// What an operator changes when a listener's address cannot be had.
fn option_of(name: &str) -> &'static str {
    match name {
        "ops" => "--ops-listen",
        _ => "--listen",
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // Connections of the last run may linger for a minute.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn connection_cap() -> usize {
    let files = open_files::connection_cap();
    memory::connection_cap().map_or(files, |memory| memory.min(files))
}

/// The peer left between knocking and being let in.
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

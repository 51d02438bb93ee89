//! Listeners, and the loop that accepts connections from them.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

use crate::lifecycle::Tasks;
use crate::limits::Limits;
use crate::tls::Tls;

/// A bound address that is not yet served.
pub struct Listener {
    name: &'static str,
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    limits: Limits,
}

/// The address cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ServeError {
    address: SocketAddr,
    source: io::Error,
}

impl Listener {
    /// Binds the address and logs it as `listening` with the fields `addr` and `listener`.
    /// `name` is what the log and the metrics call it: `public` or `ops`.
    ///
    /// # Errors
    /// The address is taken, or not ours.
    pub async fn bind(
        name: &'static str,
        address: SocketAddr,
        tls: Option<Tls>,
        limits: Limits,
    ) -> Result<Self, ServeError> {
        let refuse = |source| ServeError { address, source };
        let socket = TcpListener::bind(address).await.map_err(refuse)?;
        let address = socket.local_addr().map_err(refuse)?;
        tracing::info!(addr = %address, listener = name, "listening");
        Ok(Self {
            name,
            socket,
            address,
            tls,
            limits,
        })
    }

    /// Where it listens: the real port when 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) async fn run(self, router: Router, tasks: Tasks) -> Result<(), Infallible> {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let stopping = tasks.stopping().clone();
        let served = axum::serve(self.socket, service)
            .with_graceful_shutdown(async move { stopping.cancelled().await });
        let _ = (served.await, self.tls, self.limits);
        Ok(())
    }
}

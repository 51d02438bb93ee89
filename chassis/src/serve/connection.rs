//! One connection from its first byte to its last.
//!
//! While nobody speaks it is asleep: it holds its socket and little else, for as long as it may
//! stay open. What the client sends wakes it and begins a conversation.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::awake::{Awake, PATIENCE};
use super::conversation::{Client, Host};
use super::protocols::Protocols;
use super::pulse::Pulse;
use super::stream::{Opening, Stream, Transport};
use super::streams::Streams;
use super::unsent::Unsent;
use crate::edge::Site;
use crate::limits::Limits;
use crate::tls::Tls;

/// What all connections of a listener have in common.
pub(super) struct Connections(Arc<Common>);

struct Common {
    tls: Option<Tls>,
    host: Arc<Host>,
}

impl Connections {
    pub(super) fn new(
        site: Site,
        tls: Option<Tls>,
        limits: Limits,
        stopping: CancellationToken,
    ) -> Self {
        let host = Arc::new(Host {
            site,
            protocols: Protocols::new(&limits),
            streams: Streams::new(limits.http2_streams),
            unsent: Arc::new(Unsent::new(limits.unread_bytes)),
            limits,
            awake: Awake::new(PATIENCE),
            stopping,
        });
        Self(Arc::new(Common { tls, host }))
    }

    pub(super) fn are_encrypted(&self) -> bool {
        self.0.tls.is_some()
    }

    /// Serves the connection to its end, whoever brings it about.
    pub(super) fn serve(
        &self,
        stream: TcpStream,
        address: SocketAddr,
    ) -> impl Future<Output = ()> + Send + use<> {
        let common = self.0.clone();
        async move {
            let pulse = Arc::new(Pulse::new());
            // An answer is written in one piece; waiting for more only delays it.
            let _only_slower = stream.set_nodelay(true);
            if let Some(transport) = common.encrypt(stream).await {
                let stream = Stream::new(transport, pulse.clone());
                common.follow(stream, &Client { address, pulse }).await;
            }
        }
    }
}

impl Common {
    /// `None` when the handshake failed or took too long.
    async fn encrypt(&self, stream: TcpStream) -> Option<Transport> {
        let Some(tls) = &self.tls else {
            return Some(Transport::Plain(stream));
        };
        // On the heap, or every connection would have room for it as long as it lives.
        let handshake = Box::pin(tls.accept(stream));
        let stream = timeout(self.host.limits.header_read, handshake).await;
        Some(Transport::Tls(Box::new(stream.ok()?.ok()?)))
    }

    async fn follow(&self, mut stream: Stream, client: &Client) {
        while let Some(opening) = self.sleep(&mut stream, &client.pulse).await {
            // A conversation is on the heap, so that its room is free while there is none.
            if matches!(opening, Opening::Uncertain) {
                return Box::pin(self.host.speak_any(stream, client)).await;
            }
            let quiet = Box::pin(self.host.speak_http1(stream, client)).await;
            let Some(quiet) = quiet else { return };
            stream = quiet;
        }
        let _nobody_listens = timeout(self.host.limits.farewell, stream.shutdown()).await;
    }

    /// Until there is something to read; `None` when the connection is over.
    async fn sleep(&self, stream: &mut Stream, pulse: &Pulse) -> Option<Opening> {
        let Host {
            limits, stopping, ..
        } = &*self.host;
        // What is not read does not change the phase, so the deadline stands.
        tokio::select! {
            biased;
            opening = stream.opening() => return opening,
            () = sleep_until(pulse.deadline(limits)) => return None,
            () = stopping.cancelled() => {}
        }
        // A request may be on its way, so a quiet connection is not closed at once.
        timeout(limits.farewell, stream.opening()).await.ok()?
    }
}

#[cfg(test)]
mod tests;

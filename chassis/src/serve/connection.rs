//! One connection from its first byte to its last.
//!
//! While nobody speaks it is asleep: it holds its socket and little else, for as long as it may
//! stay open. What the client sends wakes it and begins a conversation.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::alarm::{Alarm, Ring};
use super::awake::{Awake, PATIENCE};
use super::conversation::{Client, Host};
use super::protocols::Protocols;
use super::pulse::Pulse;
use super::rest::Rests;
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
            rests: Rests::new(),
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
                let alarm = common.alarm(&pulse);
                common
                    .follow(stream, &Client { address, pulse }, alarm)
                    .await;
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

    fn alarm(&self, pulse: &Pulse) -> Alarm {
        let Host {
            limits, stopping, ..
        } = &*self.host;
        Alarm::new(pulse.deadline(limits), stopping.clone())
    }

    async fn follow(&self, mut stream: Stream, client: &Client, mut alarm: Alarm) {
        while let Some(opening) = self.sleep(&mut stream, &client.pulse, &mut alarm).await {
            // A conversation is on the heap, so that its room is free while there is none.
            if matches!(opening, Opening::Http2) {
                return Box::pin(self.host.speak_http2(stream, client, &mut alarm)).await;
            }
            let quiet = Box::pin(self.host.speak_http1(stream, client, &mut alarm)).await;
            let Some(quiet) = quiet else { return };
            stream = quiet;
        }
        let _nobody_listens = timeout(self.host.limits.farewell, stream.shutdown()).await;
    }

    /// Until there is something to read; `None` when the connection is over.
    async fn sleep(
        &self,
        stream: &mut Stream,
        pulse: &Pulse,
        alarm: &mut Alarm,
    ) -> Option<Opening> {
        let limits = &self.host.limits;
        tokio::select! {
            biased;
            opening = stream.opening() => return opening,
            ring = overslept(pulse.deadline(limits), alarm) => match ring {
                Ring::Time => return None,
                Ring::Stop => {}
            }
        }
        // A request may be on its way, so a quiet connection is not closed at once.
        timeout(limits.farewell, stream.opening()).await.ok()?
    }
}

/// The deadline, or the stop. What is not read does not change the phase, so the deadline stands.
async fn overslept(deadline: Instant, alarm: &mut Alarm) -> Ring {
    alarm.set_no_later_than(deadline);
    loop {
        match alarm.ring().await {
            // It may have been set for a conversation that has ended meanwhile.
            Ring::Time if Instant::now() < deadline => alarm.set(deadline),
            ring => return ring,
        }
    }
}

#[cfg(test)]
mod tests;

//! One connection from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Request, Response, Version, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::body::{Counted, InProgress, Punctual};
use super::pulse::Pulse;
use super::stream::{Stream, Transport};
use crate::limits::Limits;
use crate::tls::Tls;

/// What all connections of a listener have in common.
#[derive(Clone)]
pub(super) struct Connections(Arc<Common>);

struct Common {
    router: Router,
    tls: Option<Tls>,
    limits: Limits,
    protocols: Protocols,
    stopping: CancellationToken,
}

impl Connections {
    pub(super) fn new(
        router: Router,
        tls: Option<Tls>,
        limits: Limits,
        stopping: CancellationToken,
    ) -> Self {
        let protocols = Protocols::new(&limits);
        Self(Arc::new(Common {
            router,
            tls,
            limits,
            protocols,
            stopping,
        }))
    }

    pub(super) fn are_encrypted(&self) -> bool {
        self.0.tls.is_some()
    }

    /// Serves the connection to its end, whoever brings it about.
    pub(super) fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> impl Future<Output = ()> + Send + use<> {
        let common = self.0.clone();
        async move {
            let pulse = Arc::new(Pulse::new());
            // An answer is written in one piece; waiting for more only delays it.
            let _only_slower = stream.set_nodelay(true);
            if let Some(transport) = common.encrypt(stream).await {
                let protocol = common.protocol_of(&transport).await;
                let stream = Stream::new(transport, pulse.clone());
                common.converse(protocol, stream, &pulse, peer).await;
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
        let handshake = timeout(self.limits.header_read, tls.accept(stream));
        Some(Transport::Tls(Box::new(handshake.await.ok()?.ok()?)))
    }

    /// A connection that shows HTTP/1 with its first bytes is spared the buffer for the rest of
    /// HTTP/2's preface, which would double what it holds while it is idle.
    async fn protocol_of(&self, transport: &Transport) -> &Builder<TokioExecutor> {
        let Transport::Plain(stream) = transport else {
            return &self.protocols.any;
        };
        let mut first = [0; 3];
        let looked = tokio::select! {
            looked = timeout(self.limits.header_read, stream.peek(&mut first)) => looked,
            () = self.stopping.cancelled() => return &self.protocols.any,
        };
        match looked {
            Ok(Ok(3)) if first != *b"PRI" => &self.protocols.http1,
            _ => &self.protocols.any,
        }
    }

    async fn converse(
        self: &Arc<Self>,
        protocol: &Builder<TokioExecutor>,
        stream: Stream,
        pulse: &Arc<Pulse>,
        peer: SocketAddr,
    ) {
        let service = service_fn(|request| self.clone().answer(request, pulse.clone(), peer));
        let connection = protocol.serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        tokio::select! {
            // How a conversation failed is the client's affair: it broke off or was refused.
            _ = connection.as_mut() => return,
            () = pulse.stopped(&self.limits) => return,
            () = self.stopping.cancelled() => {}
        }
        // On HTTP/1 a request may be on its way, so a quiet connection is not closed at once:
        // every answer now says that it is the last. HTTP/2 tells the client itself (GOAWAY).
        if !pulse.is_http2() {
            tokio::select! {
                _ = connection.as_mut() => return,
                () = sleep(self.limits.farewell) => {}
            }
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            () = pulse.stopped(&self.limits) => {}
            // An HTTP/2 client is asked whether it has understood, and may never say so.
            () = pulse.rested(self.limits.farewell) => {}
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        pulse: Arc<Pulse>,
        peer: SocketAddr,
    ) -> Result<Response<Counted>, Infallible> {
        let in_progress = InProgress::begin(pulse);
        let is_http1 = request.version() < Version::HTTP_2;
        let may_take = self.limits.body_read;
        let mut request = request.map(|body| Body::new(Punctual::new(body, may_take)));
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut response = self.router.clone().call(request).await?;
        if is_http1 && self.stopping.is_cancelled() {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(|body| Counted::new(body, in_progress)))
    }
}

struct Protocols {
    any: Builder<TokioExecutor>,
    http1: Builder<TokioExecutor>,
}

impl Protocols {
    fn new(limits: &Limits) -> Self {
        let any = protocol(limits);
        let http1 = any.clone().http1_only();
        Self { any, http1 }
    }
}

/// Times are kept by [`Pulse`] and [`Punctual`], which tell an idle connection from a slow header.
fn protocol(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_headers(limits.header_fields)
        .max_buf_size(limits.header_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http2_streams)
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .max_send_buf_size(64 * 1024);
    builder
}

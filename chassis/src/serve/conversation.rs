//! What is said on a connection from when it is woken to when it is quiet again, or over.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use futures_util::FutureExt;
use http::{HeaderValue, Request, Response, Version, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulConnection;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::alarm::{Alarm, Ring};
use super::awake::Awake;
use super::body::{Counted, InProgress, Punctual, Received};
use super::protocols::Protocols;
use super::pulse::{Found, Pulse};
use super::rest::{Rest, Rests};
use super::stream::Stream;
use super::streams::Streams;
use super::unsent::Unsent;
use crate::edge::Site;
use crate::limits::Limits;

/// Answers on all connections of a listener.
pub(super) struct Host {
    pub(super) site: Site,
    pub(super) limits: Limits,
    pub(super) protocols: Protocols,
    pub(super) awake: Awake,
    pub(super) streams: Streams,
    pub(super) unsent: Arc<Unsent>,
    pub(super) rests: Rests,
    pub(super) stopping: CancellationToken,
}

/// Asks on one connection.
pub(super) struct Client {
    pub(super) address: SocketAddr,
    pub(super) pulse: Arc<Pulse>,
}

impl Host {
    /// Gives the stream back when the next request is long in coming, or the last one was, so that
    /// hyper's buffers are held by those who speak and not by everybody. The client does not notice:
    /// nothing is written, and what was read goes back.
    pub(super) async fn speak_http1(
        self: &Arc<Self>,
        stream: Stream,
        client: &Client,
        alarm: &mut Alarm,
    ) -> Option<Stream> {
        let _awake = self.awake.enter();
        let service = service_fn(|request| self.answer(request, client, None));
        let http1 = &self.protocols.http1;
        let mut connection = http1.serve_connection(TokioIo::new(stream), service);
        let patience = || Some(self.awake.patience());
        let found = self.attend(Pin::new(&mut connection), &client.pulse, alarm, patience);
        if found.await == Found::Stopped {
            return None;
        }
        // Hyper ends at once only between two requests, and in the midst of a body that was let go
        // of, which it has noticed by now. Within a request it would not, and what comes next must
        // not be read as one: that connection is closed.
        Pin::new(&mut connection).graceful_shutdown();
        let parts = connection.without_shutdown().now_or_never()?.ok()?;
        let mut stream = parts.io.into_inner();
        stream.put_back(parts.read_buf);
        Some(stream)
    }

    pub(super) async fn speak_http2(
        self: &Arc<Self>,
        stream: Stream,
        client: &Client,
        alarm: &mut Alarm,
    ) {
        let hang_up = CancellationToken::new();
        // Boxed: otherwise each stream has room for an answer from its first frame on.
        let service = service_fn(|request| Box::pin(self.answer(request, client, Some(&hang_up))));
        let granted = self.streams.grant();
        let mut http2 = self.protocols.http2.clone();
        http2.max_concurrent_streams(granted.each);
        let connection = pin!(http2.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            _ = self.attend(connection, &client.pulse, alarm, || None) => {}
            () = hang_up.cancelled() => {}
        }
    }

    /// Follows the conversation until it is over, whoever brings that about, or quiet.
    async fn attend(
        &self,
        mut connection: Pin<&mut impl GracefulConnection>,
        pulse: &Pulse,
        alarm: &mut Alarm,
        patience: impl Fn() -> Option<Duration>,
    ) -> Found {
        alarm.set_no_later_than(Instant::now() + self.limits.shortest_phase());
        let found = poll_fn(|context| {
            pulse.hyper_looks();
            // How a conversation failed is the client's affair: it broke off or was refused.
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(Some(Found::Stopped));
            }
            if pulse.hyper_must_look() {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.poll_quiet_or_told(pulse, alarm, patience(), context)
        });
        if let Some(found) = found.await {
            return found;
        }
        // On HTTP/1 a request may be on its way, so a quiet connection is not closed at once:
        // every answer now says that it is the last. HTTP/2 tells the client itself (GOAWAY).
        if !pulse.is_http2() {
            tokio::select! {
                _ = connection.as_mut() => return Found::Stopped,
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
        Found::Stopped
    }

    /// After everything that could be done on the connection; `None` when the service stops.
    fn poll_quiet_or_told(
        &self,
        pulse: &Pulse,
        alarm: &mut Alarm,
        patience: Option<Duration>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Found>> {
        if let Some(patience) = patience
            && let Some(quiet) = pulse.quiet_after(patience)
        {
            // Who let us wait in vain is not waited for again, and needs no timer.
            if pulse.paused_for_longer_than(patience) {
                return Poll::Ready(Some(Found::Quiet));
            }
            alarm.set_no_later_than(quiet);
        }
        loop {
            match ready!(alarm.poll_ring(context)) {
                Ring::Stop => return Poll::Ready(None),
                Ring::Time => match pulse.look(&self.limits, patience) {
                    ControlFlow::Continue(next) => alarm.set(next),
                    ControlFlow::Break(found) => return Poll::Ready(Some(found)),
                },
            }
        }
    }

    /// The request is in progress as soon as hyper has handed it over.
    fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        client: &Client,
        hang_up: Option<&CancellationToken>,
    ) -> impl Future<Output = Result<Response<Counted>, Infallible>> + Send + use<> {
        let in_progress = InProgress::begin(client.pulse.clone());
        let is_http1 = request.version() < Version::HTTP_2;
        // Over HTTP/1 there is one answer at a time, which the connections bound.
        let hang_up = hang_up.filter(|_| !is_http1).cloned();
        let may_be_reset = !is_http1 && !http_body::Body::is_end_stream(request.body());
        let rest = may_be_reset.then(|| self.rests.of_one_request());
        let mut request = request.map(|body| self.receive(body, rest.clone(), client));
        request.extensions_mut().insert(ConnectInfo(client.address));
        let host = self.clone();
        async move {
            let mut response = host.site.answer(request).await;
            if is_http1 && host.stopping.is_cancelled() {
                response
                    .headers_mut()
                    .insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            let owed = hang_up.map(|hang_up| host.unsent.begin(hang_up));
            Ok(response.map(|body| {
                let counted = Counted::new(body, in_progress).owed(owed);
                counted.before_its_end(rest)
            }))
        }
    }

    fn receive(&self, body: Incoming, rest: Option<Rest>, client: &Client) -> Body {
        if http_body::Body::is_end_stream(&body) {
            return Body::empty();
        }
        let body = Punctual::new(body, self.limits.body_read);
        let in_progress = InProgress::begin(client.pulse.clone());
        Body::new(Received::new(body, rest, in_progress))
    }
}

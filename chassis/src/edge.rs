//! What surrounds a service's routes: request ids, refusal of ambiguous or surplus requests,
//! problem answers for what no route takes, headers that every answer has.

mod absent;
mod arrivals;
mod arriving;
mod framing;
mod in_flight;
mod measure;
mod turn;
mod unread;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use self::absent::Absent;
use self::arrivals::Arrivals;
use self::arriving::Arriving;
use self::framing::{Framing, header_bytes};
use self::in_flight::InFlight;
use self::measure::{Measured, Times};
use self::turn::{Ending, Turn};
use self::unread::Unread;
use crate::limits::Limits;
use crate::metrics::SHED;
use crate::otlp::Traces;
use crate::problem::{self, Problem};
use crate::request_id::RequestId;
use crate::telemetry::CurrentRequest;
use crate::trace_context::TraceContext;

/// The layers around the routes of one listener.
#[derive(Debug, Clone)]
pub struct Edge {
    body_bytes: usize,
    limits: Limits,
    https: bool,
    traces: Option<Traces>,
}

impl Edge {
    /// Bodies up to `body_bytes` are read; a larger one is answered with 413.
    #[must_use]
    pub fn new(body_bytes: usize) -> Self {
        Self {
            body_bytes,
            limits: Limits::default(),
            https: false,
            traces: None,
        }
    }

    /// Takes how many requests there may be, and the size of their header, from these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells browsers to come by HTTPS only (RFC 6797), when that is how the service is reached.
    #[must_use]
    pub fn with_https(mut self, tls: Option<&crate::tls::Tls>) -> Self {
        self.https = tls.is_some();
        self
    }

    /// Reports every request to a trace collector.
    #[must_use]
    pub fn with_traces(mut self, traces: Option<Traces>) -> Self {
        self.traces = traces;
        self
    }

    /// The routes with everything around them.
    pub fn wrap(&self, routes: Router) -> Router {
        let shell = Arc::new(Shell {
            body_bytes: self.body_bytes,
            in_flight: Arc::new(InFlight::new(self.limits.in_flight)),
            arrivals: Arc::new(Arrivals::new(self.limits.arriving_bytes)),
            unread: Arc::new(Unread::new(self.limits.unread_bytes)),
            limits: self.limits.clone(),
            https: self.https,
            traces: self.traces.clone(),
            times: Times::default(),
        });
        routes
            .fallback(async || Problem::not_found())
            .method_not_allowed_fallback(other_method)
            .layer(from_fn_with_state(shell, around))
    }
}

struct Shell {
    body_bytes: usize,
    in_flight: Arc<InFlight>,
    arrivals: Arc<Arrivals>,
    unread: Arc<Unread>,
    limits: Limits,
    https: bool,
    traces: Option<Traces>,
    times: Times,
}

/// The router adds `Allow`, which is all that OPTIONS asks for (RFC 9110 §9.3.7).
async fn other_method(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Problem::method_not_allowed().into_response(),
    }
}

/// One function for all of it: each layer of its own would cost every request an allocation.
async fn around(State(shell): State<Arc<Shell>>, mut request: Request, next: Next) -> Response {
    let (id, caller) = (
        RequestId::take_or_make(request.headers()),
        TraceContext::of(request.headers()),
    );
    id.write_to(request.headers_mut());
    let measured = Measured::begin(&request, caller);
    let current = CurrentRequest::new(&id, &request, caller);
    if let Some(context) = caller {
        request.extensions_mut().insert(context);
    }
    let (is_head, mut framing) = (request.method() == Method::HEAD, Framing::of(&request));
    let version = request.version();
    let answer = shell.admit(request, next, &mut framing);
    let mut response = current.during(answer).await;
    problem::address(&mut response, id.as_str());
    if is_head {
        leave_out_body(&mut response);
    } else if response.status() == StatusCode::NOT_MODIFIED {
        *response.body_mut() = Body::new(Absent);
    }
    id.write_to(response.headers_mut());
    shell.harden(&mut response);
    framing.end_connection(&mut response);
    shell.unread.hold(version, &mut response).await;
    measured.end(response.status(), &shell.times, shell.traces.as_ref());
    response
}

/// The router does so too, but before a problem has the id that it is told with: the length must be
/// that of the answer to GET, or none when that is not known (RFC 9110 §8.6).
fn leave_out_body(response: &mut Response) {
    let body = std::mem::replace(response.body_mut(), Body::new(Absent));
    if let Some(length @ 1..) = body.size_hint().exact() {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length.into());
    }
}

impl Shell {
    async fn admit(&self, mut request: Request, next: Next, framing: &mut Framing) -> Response {
        if let Err(problem) = framing.check(&request, &self.limits) {
            return problem.into_response();
        }
        // Before anybody is asked to send it (RFC 9110 §10.1.1).
        if request.body().size_hint().lower() > self.body_bytes as u64 {
            return Problem::too_large().into_response();
        }
        if request.body().is_end_stream() {
            let place = self.in_flight.enter();
            return self.run(request, next, place).await;
        }
        DefaultBodyLimit::max(self.body_bytes).apply(&mut request);
        let turns = Turn::begin(&self.in_flight);
        let request = match &turns {
            Some(turns) => self.follow(request, turns),
            None => request,
        };
        self.run(request, next, turns).await
    }

    /// The body may have to be waited for.
    fn follow(&self, request: Request, turns: &Ending) -> Request {
        let held = REQUEST + header_bytes(request.headers());
        let (turn, arrivals) = (turns.turn(), self.arrivals.clone());
        request.map(|body| Body::new(Arriving::new(body, held, turn, arrivals)))
    }

    async fn run<P>(&self, request: Request, next: Next, place: Option<P>) -> Response {
        let Some(_place) = place else {
            metrics::counter!(SHED).increment(1);
            return Problem::overloaded().into_response();
        };
        // What the handler held is dropped with it, so nothing half done is seen again.
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        answer.unwrap_or_else(|_| {
            tracing::error!("a handler panicked");
            Problem::internal_silent().into_response()
        })
    }

    /// A handler that sends one of these itself (the docs page its own policy) keeps it.
    fn harden(&self, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in &HARDENING {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        if self.https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, ONE_YEAR);
        }
    }
}

/// What a request holds while it waits for its body, besides header and body: its tasks and the
/// buffer it was read into. `scripts/siege` measured 9 KB over HTTP/1.
const REQUEST: usize = 12 * 1024;

const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// An answer of an API is data: never sniffed for another type, never a page, never in a frame.
const HARDENING: [(HeaderName, HeaderValue); 3] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
];

#[cfg(test)]
mod tests;

//! What all routes of a listener have around them, and which requests it lets in.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, Version, header};

use super::arrivals::Arrivals;
use super::arriving::Arriving;
use super::framing::{Framing, header_bytes};
use super::in_flight::{InFlight, Place};
use super::measure::{Measured, Times};
use super::turn::{Ending, Turn};
use super::unread::Unread;
use crate::limits::Limits;
use crate::metrics::SHED;
use crate::otlp::Traces;
use crate::problem::Problem;

pub(super) struct Shell {
    body_bytes: usize,
    in_flight: Arc<InFlight>,
    arrivals: Arc<Arrivals>,
    unread: Arc<Unread>,
    limits: Limits,
    https: bool,
    traces: Option<Traces>,
    times: Times,
}

/// A request that may go on, for as long as its place is held.
pub(super) struct Admitted {
    pub(super) request: Request,
    pub(super) place: Held,
}

/// The place of a request in flight, until it is dropped.
pub(super) struct Held {
    _place: Option<Place>,
    _turns: Option<Ending>,
}

impl Shell {
    pub(super) fn new(
        body_bytes: usize,
        limits: &Limits,
        https: bool,
        traces: Option<Traces>,
    ) -> Self {
        Self {
            body_bytes,
            in_flight: Arc::new(InFlight::new(limits.in_flight)),
            arrivals: Arc::new(Arrivals::new(limits.arriving_bytes)),
            unread: Arc::new(Unread::new(limits.unread_bytes)),
            limits: limits.clone(),
            https,
            traces,
            times: Times::default(),
        }
    }

    pub(super) fn admit(
        &self,
        mut request: Request,
        framing: &mut Framing,
    ) -> Result<Admitted, Problem> {
        framing.check(&request, &self.limits)?;
        // Before anybody is asked to send it (RFC 9110 §10.1.1).
        if request.body().size_hint().lower() > self.body_bytes as u64 {
            return Err(Problem::too_large());
        }
        if request.body().is_end_stream() {
            let place = Some(self.in_flight.enter().ok_or_else(shed)?);
            let place = Held {
                _place: place,
                _turns: None,
            };
            return Ok(Admitted { request, place });
        }
        DefaultBodyLimit::max(self.body_bytes).apply(&mut request);
        let turns = Turn::begin(&self.in_flight).ok_or_else(shed)?;
        Ok(Admitted {
            request: self.follow(request, &turns),
            place: Held {
                _place: None,
                _turns: Some(turns),
            },
        })
    }

    /// The body may have to be waited for.
    fn follow(&self, request: Request, turns: &Ending) -> Request {
        let held = REQUEST + header_bytes(request.headers());
        let (turn, arrivals) = (turns.turn(), self.arrivals.clone());
        request.map(|body| Body::new(Arriving::new(body, held, turn, arrivals)))
    }

    /// A handler that sends one of these itself (the docs page its own policy) keeps it.
    pub(super) fn harden(&self, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in &HARDENING {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        if self.https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, ONE_YEAR);
        }
    }

    pub(super) async fn hold_unread(&self, version: Version, response: &mut Response) {
        self.unread.hold(version, response).await;
    }

    pub(super) fn measured(&self, measured: Measured, status: StatusCode) {
        measured.end(status, &self.times, self.traces.as_ref());
    }
}

fn shed() -> Problem {
    metrics::counter!(SHED).increment(1);
    Problem::overloaded()
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

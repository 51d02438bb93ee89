//! Routes with everything around them, as one service: each layer of its own, and each function as
//! a layer, would cost every request allocations.

use std::convert::Infallible;
use std::future::ready;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::Either;
use http::{Method, StatusCode, Version, header};
use tower::Service;

use super::absent::Absent;
use super::framing::Framing;
use super::measure::{Measured, Paths};
use super::shell::{Admitted, Held, Shell};
use crate::problem::{self, Problem};
use crate::request_id::RequestId;
use crate::telemetry::CurrentRequest;
use crate::trace_context::TraceContext;

/// Routes in their shell.
pub(super) struct Surrounded {
    pub(super) router: Router,
    pub(super) paths: Paths,
    pub(super) shell: Shell,
}

impl Surrounded {
    pub(super) fn answer(
        self: &Arc<Self>,
        mut request: Request,
    ) -> impl Future<Output = Response> + Send + use<> {
        let surrounded = Arc::clone(self);
        let mut visit = Visit::begin(&mut request, &self.paths);
        let current = CurrentRequest::new(&visit.id, &request, visit.caller);
        // The handler begins when its future is first polled, and so within the current request.
        let answer = match self.shell.admit(request, &mut visit.framing) {
            Ok(Admitted { request, place }) => {
                Either::Left(caught(self.router.clone().call(request), place))
            }
            Err(problem) => Either::Right(ready(problem.into_response())),
        };
        // Combined instead of awaited one in the other, which would have room for each twice.
        current.during(answer).then(async move |mut response| {
            let shell = &surrounded.shell;
            visit.prepare(shell, &mut response);
            shell.hold_unread(visit.version, &mut response).await;
            shell.measured(visit.measured, response.status());
            response
        })
    }
}

/// What a handler held is dropped with it when it panics, so nothing half done is seen again.
fn caught(
    answer: impl Future<Output = Result<Response, Infallible>>,
    place: Held,
) -> impl Future<Output = Response> {
    AssertUnwindSafe(answer).catch_unwind().map(move |outcome| {
        drop(place);
        match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => {
                tracing::error!("a handler panicked");
                Problem::internal_silent().into_response()
            }
        }
    })
}

/// What has to be known of a request when its answer leaves.
struct Visit {
    id: RequestId,
    caller: Option<TraceContext>,
    measured: Measured,
    framing: Framing,
    version: Version,
    is_head: bool,
}

impl Visit {
    fn begin(request: &mut Request, paths: &Paths) -> Self {
        let id = RequestId::take_or_make(request.headers());
        let caller = TraceContext::of(request.headers());
        id.write_to(request.headers_mut());
        if let Some(context) = caller {
            request.extensions_mut().insert(context);
        }
        Self {
            id,
            caller,
            measured: Measured::begin(request, paths, caller),
            framing: Framing::of(request),
            version: request.version(),
            is_head: request.method() == Method::HEAD,
        }
    }

    /// The answer as it leaves.
    fn prepare(&self, shell: &Shell, response: &mut Response) {
        problem::address(response, self.id.as_str());
        if response.status() == StatusCode::NOT_MODIFIED {
            // The router took what is left out for empty.
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = Body::new(Absent);
        } else if self.is_head {
            leave_out_body(response);
        }
        self.id.write_to(response.headers_mut());
        shell.harden(response);
        self.framing.end_connection(response);
    }
}

/// The router has done so, and told the length. Of a problem it did so before there was an id to tell
/// it with: the length must be that of the answer to GET, or none when that is not known (RFC 9110
/// §8.6).
fn leave_out_body(response: &mut Response) {
    let body = std::mem::replace(response.body_mut(), Body::new(Absent));
    if let Some(length @ 1..) = body.size_hint().exact() {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length.into());
    }
}

//! How long a request took, by the route that answered it.

use axum::extract::{MatchedPath, Request};
use http::{Method, StatusCode};
use tokio::time::Instant;

use crate::metrics::REQUEST_SECONDS;
use crate::otlp::Traces;
use crate::trace_context::TraceContext;

pub(super) struct Measured {
    began: Instant,
    route: Option<MatchedPath>,
    method: &'static str,
    caller: Option<TraceContext>,
}

impl Measured {
    pub(super) fn begin(request: &Request, caller: Option<TraceContext>) -> Self {
        let route = request.extensions().get::<MatchedPath>().cloned();
        Self {
            began: Instant::now(),
            route,
            method: word(request.method()),
            caller,
        }
    }

    /// The route's pattern and not the path: a label must not be the client's to invent.
    pub(super) fn end(self, status: StatusCode, traces: Option<&Traces>) {
        let (took, route) = (self.began.elapsed(), self.route.as_ref());
        let route = route.map_or("", MatchedPath::as_str).to_owned();
        if let Some(traces) = traces {
            traces.record(self.caller, (self.method, route.clone(), status), took);
        }
        let status = status.as_str().to_owned();
        metrics::histogram!(
            REQUEST_SECONDS, "route" => route, "method" => self.method, "status" => status
        )
        .record(took);
    }
}

fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

//! How long a request took, by the route that answered it.

use std::collections::HashMap;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::extract::{MatchedPath, Request};
use http::{Method, StatusCode};
use metrics::Histogram;
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
    pub(super) fn end(self, status: StatusCode, times: &Times, traces: Option<&Traces>) {
        let took = self.began.elapsed();
        let route = self.route.as_ref().map_or("", MatchedPath::as_str);
        if let Some(traces) = traces {
            traces.record(self.caller, (self.method, route.to_owned(), status), took);
        }
        times.record(route, self.method, status, took);
    }
}

/// The histograms in use, by route: asking the recorder for one costs more than all the rest of
/// measuring. There are as many as routes, methods and statuses make, none of which a client
/// invents.
#[derive(Default)]
pub(super) struct Times(ArcSwap<HashMap<String, Vec<Series>>>);

#[derive(Clone)]
struct Series {
    method: &'static str,
    status: StatusCode,
    histogram: Histogram,
}

impl Times {
    fn record(&self, route: &str, method: &'static str, status: StatusCode, took: Duration) {
        let routes = self.0.load();
        let known = routes.get(route).and_then(|all| {
            all.iter()
                .find(|series| series.method == method && series.status == status)
        });
        match known {
            Some(series) => series.histogram.record(took),
            None => self.add(route, method, status).record(took),
        }
    }

    fn add(&self, route: &str, method: &'static str, status: StatusCode) -> Histogram {
        let histogram = metrics::histogram!(
            REQUEST_SECONDS,
            "route" => route.to_owned(), "method" => method, "status" => status.as_str().to_owned()
        );
        let series = Series {
            method,
            status,
            histogram: histogram.clone(),
        };
        self.0.rcu(|routes| {
            let mut routes = HashMap::clone(routes);
            routes
                .entry(route.to_owned())
                .or_default()
                .push(series.clone());
            routes
        });
        histogram
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

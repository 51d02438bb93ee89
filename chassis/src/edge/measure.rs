//! How long a request took, by the route that answered it.

use std::time::Duration;

use arc_swap::ArcSwap;
use axum::extract::Request;
use http::{Method, StatusCode};
use metrics::Histogram;
use tokio::time::Instant;

use crate::metrics::REQUEST_SECONDS;
use crate::otlp::Traces;
use crate::trace_context::TraceContext;

pub(super) struct Measured {
    began: Instant,
    route: &'static str,
    method: &'static str,
    caller: Option<TraceContext>,
}

impl Measured {
    pub(super) fn begin(request: &Request, paths: &Paths, caller: Option<TraceContext>) -> Self {
        Self {
            began: Instant::now(),
            route: paths.of(request),
            method: word(request.method()),
            caller,
        }
    }

    pub(super) fn end(self, status: StatusCode, times: &Times, traces: Option<&Traces>) {
        let took = self.began.elapsed();
        if let Some(traces) = traces {
            traces.record(
                self.caller,
                (self.method, self.route.to_owned(), status),
                took,
            );
        }
        times.record(self.route, self.method, status, took);
    }
}

/// The paths of all routes, to tell which one a request takes. The router tells it to handlers only,
/// or to layers on each route, which would cost every request allocations.
pub(super) struct Paths(matchit::Router<&'static str>);

impl Paths {
    /// Of routes that a router has taken, so that no two of them are in each other's way.
    pub(super) fn new(paths: Vec<&'static str>) -> Self {
        let mut all = matchit::Router::new();
        for path in paths {
            let _the_router_took_it = all.insert(path, path);
        }
        Self(all)
    }

    /// The route's pattern and not the path: a label must not be the client's to invent.
    fn of(&self, request: &Request) -> &'static str {
        self.0
            .at(request.uri().path())
            .map_or("", |found| found.value)
    }
}

/// The histograms in use: asking the recorder for one costs more than all the rest of measuring.
/// There are as many as routes, methods and statuses make, none of which a client invents.
#[derive(Default)]
pub(super) struct Times(ArcSwap<Vec<Series>>);

#[derive(Clone)]
struct Series {
    route: &'static str,
    method: &'static str,
    status: StatusCode,
    histogram: Histogram,
}

impl Times {
    fn record(
        &self,
        route: &'static str,
        method: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        let all = self.0.load();
        let known = all.iter().find(|series| {
            series.status == status && series.method == method && series.route == route
        });
        match known {
            Some(series) => series.histogram.record(took),
            None => self.add(route, method, status).record(took),
        }
    }

    fn add(&self, route: &'static str, method: &'static str, status: StatusCode) -> Histogram {
        let histogram = metrics::histogram!(
            REQUEST_SECONDS,
            "route" => route, "method" => method, "status" => status.as_str().to_owned()
        );
        let series = Series {
            route,
            method,
            status,
            histogram: histogram.clone(),
        };
        self.0.rcu(|all| {
            let mut all = Vec::clone(all);
            all.push(series.clone());
            all
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

//! What surrounds a service's routes: request ids, refusal of ambiguous or surplus requests,
//! problem answers for what no route takes, headers that every answer has.

mod absent;
mod arrivals;
mod arriving;
mod framing;
mod in_flight;
mod measure;
mod shell;
mod site;
mod surrounded;
mod turn;
mod unread;

use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};

use self::measure::Paths;
use self::shell::Shell;
use self::surrounded::Surrounded;
use crate::limits::Limits;
use crate::otlp::Traces;
use crate::problem::Problem;
use crate::routes::Routes;

pub use self::site::Site;

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
    #[must_use]
    pub fn wrap(&self, routes: Routes) -> Site {
        let shell = Shell::new(
            self.body_bytes,
            &self.limits,
            self.https,
            self.traces.clone(),
        );
        let (paths, handlers) = routes.into_parts();
        Site::new(Surrounded {
            router: handlers
                .fallback(async || Problem::not_found())
                .method_not_allowed_fallback(other_method),
            paths: Paths::new(paths),
            shell,
        })
    }
}

/// The router adds `Allow`, which is all that OPTIONS asks for (RFC 9110 §9.3.7).
async fn other_method(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Problem::method_not_allowed().into_response(),
    }
}

#[cfg(test)]
mod tests;

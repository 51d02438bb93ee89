//! What surrounds a service's routes: request ids, refusal of ambiguous or surplus requests,
//! problem answers for what no route takes, headers that every answer has.

mod absent;
mod arrivals;
mod arriving;
mod framing;
mod in_flight;
mod measure;
mod shell;
mod surrounded;
mod turn;
mod unread;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};

use self::shell::Shell;
use self::surrounded::Surround;
use crate::limits::Limits;
use crate::otlp::Traces;
use crate::problem::Problem;

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
        let shell = Shell::new(
            self.body_bytes,
            &self.limits,
            self.https,
            self.traces.clone(),
        );
        routes
            .fallback(async || Problem::not_found())
            .method_not_allowed_fallback(other_method)
            .layer(Surround(Arc::new(shell)))
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

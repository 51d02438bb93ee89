//! What surrounds a service's routes: request ids, problem answers for what no route takes, the
//! limit of a body.

use axum::Router;
use axum::extract::DefaultBodyLimit;

use crate::problem::Problem;
use crate::request_id;

/// The layers around the routes of one listener.
#[derive(Debug, Clone)]
pub struct Edge {
    body_bytes: usize,
}

impl Edge {
    /// Bodies up to `body_bytes` are read; a larger one is answered with 413.
    #[must_use]
    pub fn new(body_bytes: usize) -> Self {
        Self { body_bytes }
    }

    /// The routes with everything around them.
    pub fn wrap(&self, routes: Router) -> Router {
        routes
            .fallback(async || Problem::not_found())
            .method_not_allowed_fallback(async || Problem::method_not_allowed())
            .layer(DefaultBodyLimit::max(self.body_bytes))
            .layer(axum::middleware::from_fn(request_id::layer))
    }
}

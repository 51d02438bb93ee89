//! Routes that know their own paths, for whoever counts requests by them.

use axum::Router;
use axum::routing::MethodRouter;

/// What a listener answers: handlers by path and method.
#[derive(Debug, Clone)]
pub struct Routes<S = ()> {
    router: Router<S>,
    paths: Vec<&'static str>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self {
            router: Router::new(),
            paths: Vec::new(),
        }
    }

    /// With handlers for a path, written as `axum` writes it: `/posts/{id}`.
    #[must_use]
    pub fn route(mut self, path: &'static str, methods: MethodRouter<S>) -> Self {
        self.paths.push(path);
        Self {
            router: self.router.route(path, methods),
            paths: self.paths,
        }
    }

    /// With other routes beside these.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.paths.extend(others.paths);
        Self {
            router: self.router.merge(others.router),
            paths: self.paths,
        }
    }

    /// With what the handlers work with.
    pub fn with_state<S2>(self, state: S) -> Routes<S2> {
        Routes {
            router: self.router.with_state(state),
            paths: self.paths,
        }
    }

    /// Each path once, and the router.
    pub(crate) fn into_parts(self) -> (Vec<&'static str>, Router<S>) {
        (self.paths, self.router)
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

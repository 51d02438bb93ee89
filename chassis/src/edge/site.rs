//! What answers on a listener.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either};
use tower::Service;

use super::surrounded::Surrounded;

/// Routes with everything that an [`Edge`](super::Edge) puts around them, or a router as it is.
/// Cheap to clone.
#[derive(Clone)]
pub struct Site(Kind);

#[derive(Clone)]
enum Kind {
    Surrounded(Arc<Surrounded>),
    Router(Router),
}

impl Site {
    pub(super) fn new(surrounded: Surrounded) -> Self {
        Self(Kind::Surrounded(Arc::new(surrounded)))
    }

    /// As a service, but without a place on the heap for each request.
    pub(crate) fn answer(&self, request: Request) -> impl Future<Output = Response> + Send + use<> {
        match &self.0 {
            Kind::Surrounded(surrounded) => Either::Left(surrounded.answer(request)),
            Kind::Router(router) => Either::Right(router.clone().call(request).map(infallible)),
        }
    }
}

impl From<Router> for Site {
    fn from(router: Router) -> Self {
        Self(Kind::Router(router))
    }
}

impl Service<Request> for Site {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.answer(request).map(Ok).boxed()
    }
}

fn infallible(answer: Result<Response, Infallible>) -> Response {
    match answer {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

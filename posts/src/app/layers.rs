//! What surrounds the routes on each listener.
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use chassis::docs;
use chassis::edge::Site;
use chassis::health::{self, Readiness};
use chassis::request_id::X_REQUEST_ID;
use chassis::tls::Tls;
use chassis::{Edge, Lifecycle, Metrics};
use http::header::{
    ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH,
    LINK, LOCATION, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderValue, Method};
use tower::ServiceExt;
use tower_http::cors::{AllowOrigin, CorsLayer};
use verifier::Verifier;

use super::Service;
use crate::http::IDEMPOTENCY_KEY;
use crate::openapi;
use crate::routes::routes;
use crate::settings::{Origin, Settings};
use crate::store::Store;

/// A title and a body at their limits fit, with room for the escapes of ordinary text.
const BODY_BYTES: usize = 128 * 1024;

/// Ready: keys are held to verify with, and the database answers.
pub(super) fn readiness(lifecycle: &Lifecycle, verifier: &Verifier, store: &Store) -> Readiness {
    let (verifier, store) = (verifier.clone(), store.clone());
    lifecycle
        .readiness()
        .with_check("keys", move || {
            let ready = verifier.readiness().is_ready();
            std::future::ready(if ready {
                Ok(())
            } else {
                Err("no key set is held".to_owned())
            })
        })
        .with_check("database", move || {
            let store = store.clone();
            async move {
                store
                    .answers()
                    .await
                    .map_err(|_| "does not answer".to_owned())
            }
        })
}

/// What is around the routes of the public listener.
pub(super) fn edge(tls: Option<&Tls>) -> Edge {
    Edge::new(BODY_BYTES).with_https(tls)
}

/// The public listener.
pub(super) fn public(
    settings: &Settings,
    service: Service,
    readiness: Readiness,
    edge: &Edge,
) -> Site {
    let routes = routes()
        .with_state(service)
        .merge(health::routes(readiness))
        .merge(docs::routes(openapi::DOCUMENT));
    let site = edge.wrap(routes);
    if settings.cors_origins.is_empty() {
        return site;
    }
    // Outside of everything else: a preflight is for the browser and reaches no route.
    Router::new()
        .fallback_service(site.clone())
        .layer(cors(&settings.cors_origins))
        .layer(from_fn_with_state(site, past_cors))
        .into()
}

/// The CORS layer takes every OPTIONS for a preflight, and without this would answer those of
/// clients that ask for `Allow` (Fetch §3.2.2: a preflight names its origin and its method).
async fn past_cors(State(without_cors): State<Site>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_preflight =
        headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() != Method::OPTIONS || is_preflight {
        return next.run(request).await;
    }
    match without_cors.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The listener for operators.
pub(super) fn ops(metrics: &Metrics, readiness: Readiness) -> Site {
    Edge::new(BODY_BYTES).wrap(health::routes(readiness).merge(metrics.routes()))
}

/// What a page from one of these origins may send and see (Fetch §3.2).
fn cors(origins: &[Origin]) -> CorsLayer {
    let sent = [
        AUTHORIZATION,
        CONTENT_TYPE,
        IF_MATCH,
        IF_NONE_MATCH,
        IDEMPOTENCY_KEY,
        X_REQUEST_ID,
    ];
    let seen = [
        ETAG,
        LINK,
        LOCATION,
        RETRY_AFTER,
        WWW_AUTHENTICATE,
        X_REQUEST_ID,
    ];
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(
            origins.iter().cloned().map(HeaderValue::from),
        ))
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers(sent)
        .expose_headers(seen)
        .max_age(Duration::from_mins(10))
}

//! What surrounds the routes on each listener.
use std::time::Duration;

use axum::Router;
use chassis::health::{self, Readiness};
use chassis::request_id::X_REQUEST_ID;
use chassis::{Edge, Lifecycle};
use http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LINK, LOCATION, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::{HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};
use verifier::Verifier;

use super::Service;
use crate::http::IDEMPOTENCY_KEY;
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

/// The public listener.
pub(super) fn public(settings: &Settings, service: Service, readiness: Readiness) -> Router {
    let mut routes = routes()
        .with_state(service)
        .merge(health::routes(readiness));
    if !settings.cors_origins.is_empty() {
        routes = routes.layer(cors(&settings.cors_origins));
    }
    Edge::new(BODY_BYTES).wrap(routes)
}

/// The listener for operators.
pub(super) fn ops(readiness: Readiness) -> Router {
    Edge::new(BODY_BYTES).wrap(health::routes(readiness))
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

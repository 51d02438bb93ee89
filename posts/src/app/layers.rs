//! What surrounds the routes on each listener.
use axum::Router;
use chassis::health::{self, Readiness};
use chassis::{Edge, Lifecycle};
use verifier::Verifier;

use super::Service;
use crate::routes::routes;
use crate::settings::Settings;
use crate::store::Store;

/// A title and a body at their limits fit, with every character escaped as JSON allows.
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
            std::future::ready(store.answers().map_err(|_| "does not answer".to_owned()))
        })
}

/// The public listener.
pub(super) fn public(settings: &Settings, service: Service, readiness: Readiness) -> Router {
    let routes = routes()
        .with_state(service)
        .merge(health::routes(readiness));
    Edge::new(BODY_BYTES).wrap(routes)
}

/// The listener for operators.
pub(super) fn ops(readiness: Readiness) -> Router {
    Edge::new(BODY_BYTES).wrap(health::routes(readiness))
}

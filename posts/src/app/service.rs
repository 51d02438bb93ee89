//! What every endpoint works with.
use std::sync::Arc;

use axum::extract::FromRef;
use chassis::database::DatabaseError;
use verifier::Verifier;

use crate::cursor::Cursors;
use crate::idempotency::InFlight;
use crate::settings::{IfMatch, PublicUrl, Settings};
use crate::store::Store;

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Service(Arc<Parts>);

struct Parts {
    verifier: Verifier,
    store: Store,
    cursors: Cursors,
    in_flight: InFlight,
    if_match: IfMatch,
    public_url: PublicUrl,
    issuer: String,
}

impl Service {
    pub(crate) async fn new(
        settings: &Settings,
        public_url: PublicUrl,
        verifier: Verifier,
        store: Store,
    ) -> Result<Self, DatabaseError> {
        Ok(Self(Arc::new(Parts {
            verifier,
            cursors: store.cursors().await?,
            store,
            in_flight: InFlight::default(),
            if_match: settings.if_match,
            public_url,
            issuer: settings.keys.issuer().to_owned(),
        })))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn cursors(&self) -> &Cursors {
        &self.0.cursors
    }

    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.0.in_flight
    }

    pub(crate) fn if_match(&self) -> IfMatch {
        self.0.if_match
    }

    pub(crate) fn public_url(&self) -> &PublicUrl {
        &self.0.public_url
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }
}

impl FromRef<Service> for Verifier {
    fn from_ref(service: &Service) -> Self {
        service.0.verifier.clone()
    }
}

//! The service put together: what `main` and the tests both build and run.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::FromRef;
use chassis::docs;
use chassis::health::{self, Readiness};
use chassis::{Edge, Lifecycle, Limits, Listener, Metrics, Stopped};
use token::{Clock, SystemClock};
use tokio_util::sync::CancellationToken;

use crate::access_token::AccessTokens;
use crate::cleanup;
use crate::demo::{self, DemoError};
use crate::http::key_set::PublicKeys;
use crate::metric;
use crate::openapi;
use crate::password::{Hasher, StartError as HasherError};
use crate::ring_metric;
use crate::rotation::{self, Keys};
use crate::routes::routes;
use crate::service::Service;
use crate::settings::{Issuer, Settings};
use crate::store::{Store, StoreError};
use crate::throttle::InFlight;

/// The most that a body may hold.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// The service, ready to run.
pub struct App {
    lifecycle: Lifecycle,
    metrics: Metrics,
    edge: Edge,
    public: Listener,
    ops: Listener,
    state: AppState,
}

/// What the calls are given.
#[derive(Clone)]
pub struct AppState {
    service: Arc<Service>,
    keys: Arc<Keys>,
}

/// Why the service cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no need to any more.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys.
    #[error(transparent)]
    Keys(#[from] keystore::KeystoreError),
    /// The hashing threads.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// Certificate and key.
    #[error(transparent)]
    Tls(#[from] chassis::tls::TlsError),
    /// An address.
    #[error(transparent)]
    Listen(#[from] chassis::serve::ServeError),
    /// Something else in the process counts already.
    #[error("cannot install the metrics: {0}")]
    Metrics(Box<dyn std::error::Error + Send + Sync>),
    /// The demo's users.
    #[error(transparent)]
    Demo(#[from] DemoError),
}

impl App {
    /// Opens the database, makes the first signing key if there is none, and binds the listeners.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn build(settings: Settings) -> Result<Self, StartError> {
        Self::build_with_clock(settings, Arc::new(SystemClock)).await
    }

    /// [`App::build`] with a clock that tests can move.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn build_with_clock(
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let mut lifecycle = Lifecycle::new();
        let metrics = Metrics::install().map_err(|error| StartError::Metrics(error.into()))?;
        metric::begin();
        let tls = settings.shared.tls()?;
        let database = settings.database.for_a_service();
        let store = lifecycle.unless_stopped(Store::open(&database)).await??;
        let hasher = Hasher::start(settings.hasher)?;
        if !settings.listen.ip().is_loopback() {
            demo::refuse_left_over(&store, &hasher).await?;
        }
        let keys = rotation::open(store.clone(), &settings.keys, Arc::clone(&clock)).await?;
        let traces = settings.shared.traces(&lifecycle, "auth");
        let edge = Edge::new(MAX_BODY_BYTES)
            .with_https(tls.as_ref())
            .with_traces(traces);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let public = Listener::bind("public", settings.listen, tls, Limits::default())
            .await?
            .trusting(settings.trusted_proxies.clone());
        let ops = Listener::bind("ops", settings.ops_listen, None, Limits::for_operators()).await?;
        let own_address = || Issuer::of_listener(public.local_addr(), scheme);
        let issuer = settings.issuer.clone().unwrap_or_else(own_address);
        let service = Arc::new(service(&settings, store, hasher, &keys, issuer, clock));
        if settings.demo {
            demo::add_users(&service).await?;
        }
        let state = AppState { service, keys };
        Ok(Self {
            lifecycle,
            metrics,
            edge,
            public,
            ops,
            state,
        })
    }

    /// Where the public listener is.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.public.local_addr()
    }

    /// Where the listener for operators is.
    #[must_use]
    pub fn ops_addr(&self) -> SocketAddr {
        self.ops.local_addr()
    }

    /// What the calls work with.
    #[must_use]
    pub fn service(&self) -> Arc<Service> {
        Arc::clone(&self.state.service)
    }

    /// Cancelling it stops the service.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.lifecycle.stopping()
    }

    /// Serves until told to stop.
    pub async fn run(self) -> ExitCode {
        let Self {
            lifecycle,
            metrics,
            edge,
            public,
            ops,
            state,
        } = self;
        let stopping = lifecycle.stopping();
        let readiness = readiness(&lifecycle, &state);
        let calls = routes()
            .merge(docs::routes(openapi::DOCUMENT))
            .merge(health::routes(readiness.clone()));
        readiness.watch(&lifecycle);
        lifecycle.serve(public, edge.wrap(calls.with_state(state.clone())));
        let operated = health::routes(readiness).merge(metrics.routes());
        lifecycle.serve(ops, Edge::new(MAX_BODY_BYTES).wrap(operated));
        let ring_changes = state.service.store.ring_changes();
        let turning =
            rotation::keep_turning(Arc::clone(&state.keys), ring_changes, stopping.clone());
        lifecycle.spawn("keys", turning);
        let service = Arc::clone(&state.service);
        let (store, clock) = (service.store.clone(), Arc::clone(&service.clock));
        let measuring =
            ring_metric::keep_measuring(store, *state.keys.schedule(), clock, stopping.clone());
        lifecycle.spawn("key metrics", measuring);
        lifecycle.spawn("clean-up", cleanup::keep_clean(state.service, stopping));
        lifecycle.run().await
    }
}

fn service(
    settings: &Settings,
    store: Store,
    hasher: Hasher,
    keys: &Arc<Keys>,
    issuer: Issuer,
    clock: Arc<dyn Clock>,
) -> Service {
    let schedule = settings.keys.schedule.settings();
    let access_tokens = AccessTokens::new(
        Arc::clone(keys),
        Arc::clone(&clock),
        issuer.clone(),
        &settings.audiences,
        (schedule.token_ttl, schedule.leeway),
    );
    Service {
        store,
        hasher,
        access_tokens,
        clock,
        logins: settings.logins,
        in_flight: InFlight::default(),
        audiences: settings.audiences.clone(),
        issuer,
        trusted_proxies: settings.trusted_proxies.clone(),
    }
}

fn readiness(lifecycle: &Lifecycle, state: &AppState) -> Readiness {
    let (store, keys) = (state.service.store.clone(), Arc::clone(&state.keys));
    lifecycle
        .readiness()
        .with_check("store", move || {
            let store = store.clone();
            async move { store.check().await.map_err(|_| "cannot be read".to_owned()) }
        })
        .with_check("keys", move || {
            let signing = keys.signer().map(|_| ()).map_err(|error| error.to_string());
            async move { signing }
        })
}

impl FromRef<AppState> for Arc<Service> {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.service)
    }
}

impl FromRef<AppState> for PublicKeys {
    fn from_ref(state: &AppState) -> Self {
        Self::new(state.keys.published(), Arc::clone(&state.service.clock))
    }
}

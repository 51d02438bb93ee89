//! The service put together: one way for `main` and for tests.
mod layers;
mod service;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chassis::database::DatabaseError;
use chassis::serve::ServeError;
use chassis::tls::TlsError;
use chassis::{Lifecycle, Limits, Listener, Metrics, Stopped};
use token::{Clock, SystemClock};
use tokio_util::sync::CancellationToken;
use verifier::{ConfigError, Verifier};

use crate::demo;
use crate::settings::{PublicUrl, Samples, Settings};
use crate::store::Store;

pub(crate) use service::Service;

/// The running service.
pub struct App {
    lifecycle: Lifecycle,
    public: SocketAddr,
    ops: SocketAddr,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no need to any more.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// An address cannot be bound.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Something else in the process counts already.
    #[error("cannot install the metrics: {0}")]
    Metrics(Box<dyn std::error::Error + Send + Sync>),
    /// The settings of the verifier cannot be used.
    #[error(transparent)]
    Verifier(#[from] ConfigError),
}

impl App {
    /// Opens the database, binds both listeners and begins to serve.
    ///
    /// # Errors
    /// [`StartError`] says what is in the way.
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
        let opened = open_store(&settings, clock.clone());
        let store = lifecycle.unless_stopped(opened).await??;
        let tls = settings.shared.tls()?;
        let traces = settings.shared.traces(&lifecycle, "posts");
        let edge = layers::edge(tls.as_ref()).with_traces(traces);
        let over_tls = tls.is_some();
        let public = Listener::bind("public", settings.listen, tls, Limits::default())
            .await?
            .trusting(settings.trusted_proxies.clone());
        let ops = Listener::bind("ops", settings.ops_listen, None, Limits::for_operators()).await?;
        let addresses = (public.local_addr(), ops.local_addr());

        let url = settings.public_url.clone();
        let url = url.unwrap_or_else(|| PublicUrl::of_listener(addresses.0, over_tls));
        let verifier = settings.keys.verifier(clock, Some(url.metadata()))?;
        keep_keys_fresh(&lifecycle, verifier.clone());
        forget_expired_answers(&lifecycle, store.clone());

        let readiness = layers::readiness(&lifecycle, &verifier, &store);
        let service = Service::new(&settings, url, verifier, store).await?;
        readiness.watch(&lifecycle);
        let operated = layers::ops(&metrics, readiness.clone());
        lifecycle.serve(ops, operated);
        lifecycle.serve(public, layers::public(&settings, service, readiness, &edge));
        Ok(Self {
            lifecycle,
            public: addresses.0,
            ops: addresses.1,
        })
    }

    /// Where the public listener is bound.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.public
    }

    /// Where the listener for operators is bound.
    #[must_use]
    pub fn ops_addr(&self) -> SocketAddr {
        self.ops
    }

    /// Cancel it to stop as on SIGTERM.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.lifecycle.stopping()
    }

    /// Serves until told to stop.
    pub async fn run(self) -> ExitCode {
        self.lifecycle.run().await
    }
}

async fn open_store(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Store, DatabaseError> {
    let store = Store::open(&settings.storage.for_a_service(), clock).await?;
    if settings.samples == Samples::Demo {
        store.seed(demo::samples()).await?;
    }
    Ok(store)
}

fn keep_keys_fresh(lifecycle: &Lifecycle, verifier: Verifier) {
    let stopping = lifecycle.stopping();
    lifecycle.spawn("refresh of the key set", async move {
        match stopping.run_until_cancelled(verifier.keep_fresh()).await {
            None => Ok::<_, std::convert::Infallible>(()),
            Some(never) => match never {},
        }
    });
}

/// Small bites with pauses between them, so that no purge holds up the writes behind it.
fn forget_expired_answers(lifecycle: &Lifecycle, store: Store) {
    const BITE: u32 = 500;
    const PAUSE: Duration = Duration::from_mins(1);
    let stopping = lifecycle.stopping();
    lifecycle.spawn("purge of idempotency keys", async move {
        while stopping
            .run_until_cancelled(tokio::time::sleep(PAUSE))
            .await
            .is_some()
        {
            if let Err(error) = store.forget_expired_answers(BITE).await {
                tracing::warn!(%error, "expired idempotency keys were not forgotten");
            }
        }
        Ok::<_, std::convert::Infallible>(())
    });
}

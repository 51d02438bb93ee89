//! Opening connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::back_off::BackOff;
use super::connection::Connection;
use super::{Settings, connection, error, tls};
use crate::database::DatabaseError;

/// Opens connections to one database, not faster than it can be hoped to be there.
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    timeout: Duration,
    patience: Duration,
    back_off: BackOff,
}

impl Connector {
    pub(super) fn new(settings: &Settings, service: &str) -> Result<Self, DatabaseError> {
        let mut config = settings.address.config.clone();
        if config.get_application_name().is_none() {
            config.application_name(service);
        }
        let given = config.get_options().unwrap_or_default();
        let options = format!("{} {PLANNER} {given}", limits(settings.timeout));
        config
            .options(options)
            .connect_timeout(settings.timeout)
            .tcp_user_timeout(settings.timeout)
            .keepalives_idle(KEEPALIVE);
        let tls = tls::connector(&settings.address.encryption)?;
        Ok(Self {
            config,
            tls,
            timeout: settings.timeout,
            patience: settings.patience,
            back_off: BackOff::default(),
        })
    }

    /// How long one step may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How long a server that cannot be reached is waited for at the start.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// A connection for a service that runs: what it was let into once, it may be let into again.
    /// `wake` is told of each notification, and of the end.
    pub(super) async fn connect(
        &self,
        wake: Option<Arc<Notify>>,
    ) -> Result<Connection, DatabaseError> {
        let client = self.client(wake).await.map_err(to_be_waited_for)?;
        Ok(Connection::new(client, self.timeout))
    }

    /// As [`Connector::connect`], for a service that starts.
    pub(super) async fn client(&self, wake: Option<Arc<Notify>>) -> Result<Client, DatabaseError> {
        self.back_off.check()?;
        let attempt = tokio::time::timeout(self.timeout, self.config.connect(self.tls.clone()));
        let outcome = match attempt.await {
            Ok(Ok((client, driver))) => Ok((client, driver)),
            Ok(Err(error)) => Err(error::on_connect(&error)),
            Err(_) => Err(DatabaseError::Unavailable("no connection in time".into())),
        };
        match outcome {
            Ok((client, driver)) => {
                self.back_off.succeeded();
                connection::drive(driver, wake);
                Ok(client)
            }
            Err(error) => {
                self.back_off.failed(&error);
                Err(error)
            }
        }
    }
}

fn to_be_waited_for(error: DatabaseError) -> DatabaseError {
    match error {
        DatabaseError::Connect(reason) => DatabaseError::Unavailable(reason),
        other => other,
    }
}

/// A server that vanished without a word is noticed on an idle connection, too.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// What a request asks for is a short stretch of an index, in its order. Where the statistics know
/// little of an author, the planner would collect all of a long list to sort it for one page.
const PLANNER: &str = "-c enable_bitmapscan=off";

/// The server gives up before the client does, so that no abandoned statement holds a lock.
fn limits(timeout: Duration) -> String {
    let millis = timeout.as_millis();
    format!(
        "-c statement_timeout={millis} -c lock_timeout={millis} \
         -c idle_in_transaction_session_timeout={millis}"
    )
}

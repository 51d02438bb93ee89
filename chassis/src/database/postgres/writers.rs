//! The connections that a write has to itself.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::Connection;
use super::connector::Connector;
use super::metric::Counted;
use crate::database::DatabaseError;

#[derive(Clone)]
pub(super) struct Writers {
    connector: Arc<Connector>,
    places: Arc<Semaphore>,
    idle: Idle,
}

type Idle = Arc<Mutex<Vec<Connection>>>;

/// A connection on loan; it goes back when dropped, unless something is unfinished on it.
pub(super) struct Lease {
    connection: Option<Connection>,
    idle: Idle,
    _place: OwnedSemaphorePermit,
    _busy: Counted,
}

impl Writers {
    pub(super) fn new(connector: Arc<Connector>, count: usize) -> Self {
        let places = Arc::new(Semaphore::new(count));
        Self {
            connector,
            places,
            idle: Idle::default(),
        }
    }

    /// The connection used last, so that what is not needed stays idle; opened when none is left.
    pub(super) async fn connection(&self) -> Result<Lease, DatabaseError> {
        let waiting = Counted::waiting_write();
        let place = self.places.clone().acquire_owned();
        let Ok(Ok(place)) = tokio::time::timeout(self.connector.timeout(), place).await else {
            return Err(DatabaseError::Unavailable(
                "all connections are busy".into(),
            ));
        };
        drop(waiting);
        let busy = Counted::busy_writer();
        let connection = match self.take() {
            Some(connection) => connection,
            None => self.connector.connect(None).await?,
        };
        Ok(Lease {
            connection: Some(connection),
            idle: self.idle.clone(),
            _place: place,
            _busy: busy,
        })
    }

    fn take(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(|connection| !connection.is_closed())
    }
}

impl Lease {
    /// Closes the connection, which takes back whatever is unfinished on it.
    pub(super) fn discard(&mut self) {
        self.connection = None;
    }
}

impl Deref for Lease {
    type Target = Connection;

    #[expect(
        clippy::expect_used,
        reason = "only a lease on its way out has been discarded"
    )]
    fn deref(&self) -> &Connection {
        self.connection
            .as_ref()
            .expect("a lease in use has its connection")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if !connection.is_closed() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
    }
}

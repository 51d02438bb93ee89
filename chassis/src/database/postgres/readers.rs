//! The connections that all reads share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use super::connection::Connection;
use super::connector::Connector;
use crate::database::DatabaseError;

pub(super) struct Readers {
    connector: Arc<Connector>,
    places: Box<[Place]>,
    turn: AtomicUsize,
}

/// A connection, and the right to open another in its place.
#[derive(Default)]
struct Place {
    connection: ArcSwapOption<Connection>,
    opening: Mutex<()>,
}

impl Readers {
    pub(super) fn new(connector: Arc<Connector>, count: usize) -> Self {
        Self {
            connector,
            places: std::iter::repeat_with(Place::default).take(count).collect(),
            turn: AtomicUsize::new(0),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// The next connection in turn, opened when it is not there.
    pub(super) async fn connection(&self) -> Result<Arc<Connection>, DatabaseError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let place = &self.places[turn % self.places.len()];
        if let Some(connection) = place.open() {
            return Ok(connection);
        }
        let wait = tokio::time::timeout(self.connector.timeout(), place.opening.lock());
        let Ok(_turn) = wait.await else {
            return Err(DatabaseError::Unavailable("no connection in time".into()));
        };
        if let Some(connection) = place.open() {
            return Ok(connection);
        }
        let connection = Arc::new(self.connector.connect(None).await?);
        place.connection.store(Some(connection.clone()));
        Ok(connection)
    }
}

impl Place {
    fn open(&self) -> Option<Arc<Connection>> {
        self.connection
            .load_full()
            .filter(|connection| !connection.is_closed())
    }
}

//! What auth keeps: the one place that knows which database engine it is kept in.

mod absent;
mod calls;
mod error;
mod examine;
mod outcome;
mod postgres;
mod sqlite;

pub use absent::WhenAbsent;
pub use error::StoreError;
pub use examine::{Examined, ExaminedKey, ExaminedRing};
pub use outcome::{Added, Refreshed};

use std::time::Duration;

use chassis::database::DatabaseSettings;
use chassis::database::postgres::Changes;

use self::postgres::PostgresStore;
use self::sqlite::SqliteStore;

/// The users, sessions, counts, clients and keys of one issuer. Clones share one database.
#[derive(Clone)]
pub struct Store(Engine);

#[derive(Clone)]
enum Engine {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Store {
    /// Opens the database and brings it to today's schema. A file is made when there is none.
    ///
    /// # Errors
    /// It cannot be opened, or a newer program has changed it.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        Ok(Self(match settings {
            DatabaseSettings::Sqlite(path) => Engine::Sqlite(SqliteStore::open(path)?),
            DatabaseSettings::Postgres(settings) => {
                Engine::Postgres(PostgresStore::open(settings).await?)
            }
        }))
    }

    /// Looks at the database without changing it, which takes a while on a large file.
    ///
    /// # Errors
    /// It cannot be reached, or a newer program has changed it.
    pub async fn examine(settings: &DatabaseSettings) -> Result<Examined, StoreError> {
        match settings {
            DatabaseSettings::Sqlite(file) => examine::examine(file),
            DatabaseSettings::Postgres(settings) => postgres::examine(settings).await,
        }
    }

    /// Whether other machines may work on it, too.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.0, Engine::Postgres(_))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<(), StoreError> {
        match &self.0 {
            Engine::Sqlite(engine) => engine.check()?,
            Engine::Postgres(engine) => engine.check().await?,
        }
        Ok(())
    }

    /// Tells of changes to the key ring.
    #[must_use]
    pub fn ring_changes(&self) -> RingChanges {
        RingChanges(match &self.0 {
            Engine::Sqlite(_) => None,
            Engine::Postgres(engine) => Some(engine.ring_changes()),
        })
    }
}

/// What another process may have done to the key ring. Where nobody tells, looking has to do.
pub struct RingChanges(Option<Changes>);

impl RingChanges {
    /// Returns when there may be a change, and at the latest after `longest`.
    pub async fn next(&mut self, longest: Duration) {
        match &mut self.0 {
            Some(changes) => changes.next(longest).await,
            None => tokio::time::sleep(longest).await,
        }
    }
}

//! What auth keeps: the one place that knows which database engine it is kept in.

mod clients;
mod error;
mod failures;
mod ring;
mod sessions;
mod users;

pub use error::StoreError;
pub use sessions::Refreshed;
pub use users::Added;

use chassis::database::Sqlite;

use crate::settings::DatabaseSettings;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The users, sessions, counts, clients and keys of one issuer. Clones share one database.
#[derive(Clone)]
pub struct Store {
    sqlite: Sqlite,
}

impl Store {
    /// Opens the database, makes it when it is not there, and brings it to today's schema.
    ///
    /// # Errors
    /// It cannot be opened, or a newer program has changed it.
    pub fn open(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let DatabaseSettings::Sqlite(path) = settings;
        let sqlite = Sqlite::open(path, &embedded::migrations::runner())?;
        Ok(Self { sqlite })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    #[expect(clippy::unused_async, reason = "another engine waits here")]
    pub async fn check(&self) -> Result<(), StoreError> {
        Ok(self
            .sqlite
            .read(|connection| connection.query_row("SELECT 1", [], |_| Ok(())))?)
    }
}

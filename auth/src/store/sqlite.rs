//! The store in a file of SQLite.

mod clients;
mod failures;
mod ring;
mod sessions;
mod users;

use std::path::Path;

use chassis::database::{DatabaseError, Sqlite};

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

pub(super) fn migrations() -> refinery::Runner {
    embedded::migrations::runner()
}

#[derive(Clone)]
pub(super) struct SqliteStore {
    sqlite: Sqlite,
}

impl SqliteStore {
    pub(super) fn open(path: &Path) -> Result<Self, DatabaseError> {
        let sqlite = Sqlite::open(path, &migrations())?;
        Ok(Self { sqlite })
    }

    pub(super) fn check(&self) -> Result<(), DatabaseError> {
        self.sqlite
            .read(|connection| connection.query_row("SELECT 1", [], |_| Ok(())))
    }
}

//! Why the store did not do what it was asked.

use std::path::PathBuf;

use chassis::database::DatabaseError;

/// A failed read or write of the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A stored value is not one that this program writes.
    #[error("the database holds a {0} that cannot be read")]
    Corrupt(&'static str),
    /// There is no database file, and none was to be made.
    #[error(
        "there is no database at {}: run this in the folder in which `auth serve` runs, or name the \
         file with --database-url; `auth serve` or `auth migrate` makes a new one",
        .0.display()
    )]
    Absent(PathBuf),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<chassis::database::postgres::Error> for StoreError {
    fn from(error: chassis::database::postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

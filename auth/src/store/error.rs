//! Why the store did not do what it was asked.

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

//! What a command does where there is no database: most often it was run in the wrong folder.

use chassis::database::DatabaseSettings;

use super::{Store, StoreError};

/// Whether a database is made where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenAbsent {
    /// It is, to keep what is added.
    Make,
    /// It is not: in a new one there is nothing to read or to change.
    Refuse,
}

impl WhenAbsent {
    /// Opens the database. A server's is there, whatever is in it.
    ///
    /// # Errors
    /// As [`Store::open`], or there is no file and none is to be made.
    pub async fn open(self, settings: &DatabaseSettings) -> Result<Store, StoreError> {
        match (self, settings) {
            (Self::Refuse, DatabaseSettings::Sqlite(file)) if !file.exists() => {
                Err(StoreError::Absent(file.clone()))
            }
            _ => Store::open(settings).await,
        }
    }
}

//! Looking at a database without changing it.
use chassis::database::{DatabaseError, DatabaseSettings};

use super::{postgres, sqlite};

/// The state of a database.
pub(crate) enum Examined {
    /// There is none, or none of its tables.
    Absent,
    /// It can be used. Its engine and version, for people.
    Sound(String),
    /// The engine's word on what is wrong with it.
    Damaged(String),
}

/// Whether a store can be opened there. It takes a while on a large file.
pub(crate) async fn examine(settings: &DatabaseSettings) -> Result<Examined, DatabaseError> {
    match settings {
        DatabaseSettings::Sqlite(file) => sqlite::examine(file),
        DatabaseSettings::Postgres(settings) => postgres::examine(settings).await,
    }
}

//! Storage engines, each by its own driver; a service's store knows which one it holds.

mod error;
mod migration;
pub mod postgres;
pub mod sqlite;

use std::fmt;
use std::path::PathBuf;

pub use self::error::DatabaseError;
pub use self::postgres::Postgres;
pub use self::sqlite::Sqlite;

/// Which engine, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseSettings {
    /// Embedded, for one machine: the path of the file.
    Sqlite(PathBuf),
    /// A server, for any number of machines.
    Postgres(Box<postgres::Settings>),
}

/// Where the data is, for people; never a password.
impl fmt::Display for DatabaseSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(formatter),
            Self::Postgres(settings) => settings.fmt(formatter),
        }
    }
}

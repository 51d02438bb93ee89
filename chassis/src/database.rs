//! Storage engines, each by its own driver; a service's store knows which one it holds.

mod error;
mod migration;
pub mod postgres;
pub mod sqlite;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

pub use self::error::DatabaseError;
pub use self::postgres::Postgres;
pub use self::sqlite::{BackupError, Sqlite};

/// Which engine, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseSettings {
    /// Embedded, for one machine: the path of the file.
    Sqlite(PathBuf),
    /// A server, for any number of machines.
    Postgres(Box<postgres::Settings>),
}

impl DatabaseSettings {
    /// As a service opens it, which may start before its server does.
    #[must_use]
    pub fn for_a_service(&self) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(path.clone()),
            Self::Postgres(settings) => Self::Postgres(Box::new(settings.for_a_service())),
        }
    }

    /// Copies an embedded database into a new file, see [`sqlite::back_up`].
    ///
    /// # Errors
    /// It cannot be copied, or a server has it.
    pub fn back_up(&self, to: &Path) -> Result<(), BackupError> {
        match self {
            Self::Sqlite(path) => sqlite::back_up(path, to),
            Self::Postgres(_) => Err(BackupError::OnServer),
        }
    }

    /// Keeps in reach of the process what this engine needs once the process gives up its rights.
    #[must_use]
    pub fn keep_in_reach(&self, sandbox: Sandbox) -> Sandbox {
        match self {
            Self::Sqlite(path) => sandbox.writing_beside(path),
            Self::Postgres(settings) => settings.keep_in_reach(sandbox),
        }
    }
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

//! What can go wrong in a database, by what the caller can do about it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::problem::Problem;

/// A failed read or write. Cheap to clone: one failed commit answers many writers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DatabaseError {
    /// There is no room left; reads go on.
    #[error("the storage is full")]
    Full,
    /// Another process held the database too long, or it cannot be reached. Trying again helps.
    #[error("the database is not available: {0}")]
    Unavailable(Arc<str>),
    /// A newer version of the program has changed the schema.
    #[error(
        "the database has schema version {found}, and this program knows versions up to {known}; \
         start the newer program, or restore a backup made before it ran"
    )]
    NewerSchema {
        /// Version the database has.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// A migration could not be applied, or differs from the one that was applied.
    #[error("the database cannot be brought to this program's schema: {0}")]
    Migration(Arc<str>),
    /// The file or its folder cannot be opened.
    #[error("cannot open the database {}: {reason}", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What the operating system or the engine said.
        reason: Arc<str>,
    },
    /// The engine refused a statement: a bug, a broken file or a failing disk.
    #[error("the database refused a statement: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// The server or the user cannot be what was meant; waiting does not help.
    #[error("cannot connect to the database: {0}")]
    Connect(Arc<str>),
    /// The server refused a statement: a bug, or a schema that is not ours.
    #[error("the database refused a statement: {0}")]
    Postgres(Arc<tokio_postgres::Error>),
    /// A row holds what no version of this program writes.
    #[error("the database holds something that is not ours: {0}")]
    Corrupt(&'static str),
    /// The work panicked and was rolled back, or the writer has ended.
    #[error("the write was abandoned")]
    Abandoned,
}

/// What a client is told; the log has the reason, under the request's id.
impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        let problem = match error {
            DatabaseError::Full => Self::storage_full(),
            DatabaseError::Unavailable(_) | DatabaseError::Abandoned => {
                Self::unavailable(Duration::from_secs(1))
            }
            error => return Self::internal(&error),
        };
        tracing::warn!(%error, "the database did not do it");
        problem
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
        // SQLite calls full what has no room on the disk, and not what a quota or a limit on the
        // size of files forbids.
        let is_refused_write =
            |error: &rusqlite::ffi::Error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_WRITE;
        if error.sqlite_error().is_some_and(is_refused_write) {
            return Self::Full;
        }
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::Full,
            Some(SystemIoFailure) => Self::Unavailable(error.to_string().into()),
            Some(DatabaseBusy | DatabaseLocked) => Self::Unavailable("it is locked".into()),
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_503_and_what_does_not_is_500() {
        for (error, status) in [
            (DatabaseError::Full, 507),
            (DatabaseError::Unavailable("it is locked".into()), 503),
            (DatabaseError::Abandoned, 503),
            (DatabaseError::Corrupt("a title"), 500),
        ] {
            let shown = error.to_string();
            assert_eq!(Problem::from(error).status(), status, "{shown}");
        }
    }
}

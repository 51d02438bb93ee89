//! Opening a connection with every setting that the rest of this module relies on.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::database::DatabaseError;

/// How long to wait for another process that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements kept prepared on each connection.
const STATEMENTS: usize = 64;

/// Durable (`synchronous=FULL`: an acknowledged write survives a power cut), with readers that a
/// writer does not block (WAL), and pages read straight from the page cache (`mmap`).
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA mmap_size = 1073741824;
    PRAGMA cache_size = -8192;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
";

pub(super) fn open(path: &Path) -> Result<Connection, DatabaseError> {
    configured(path).map_err(|error| match DatabaseError::from(error) {
        DatabaseError::Sqlite(error) => cannot_open(path, &error),
        DatabaseError::Unavailable(reason) => cannot_open(path, &reason),
        typed => typed,
    })
}

pub(super) fn cannot_open(path: &Path, reason: &impl ToString) -> DatabaseError {
    DatabaseError::Open {
        path: path.to_owned(),
        reason: reason.to_string().into(),
    }
}

fn configured(path: &Path) -> Result<Connection, rusqlite::Error> {
    // A connection is never used by two threads at once, so SQLite's own mutexes are not needed.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(PRAGMAS)?;
    // Without the stability guarantee a build with STAT4 prepares a statement again on every bind.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

//! Looking at a database file without changing it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// The state of a database file.
pub enum Examined {
    /// There is none.
    Absent,
    /// It can be used.
    Sound {
        /// Keys whose private half is kept.
        signing_keys: i64,
    },
    /// The engine's word on what is wrong with it.
    Damaged(String),
}

/// Reads the file and checks its pages, which takes a while on a large one.
///
/// # Errors
/// It cannot be opened, or is no database.
pub(super) fn examine(file: &Path) -> Result<Examined, StoreError> {
    if !file.exists() {
        return Ok(Examined::Absent);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    let check = "PRAGMA integrity_check(1)";
    let verdict: String = connection.query_row(check, [], |row| row.get(0))?;
    if verdict != "ok" {
        return Ok(Examined::Damaged(verdict));
    }
    let signing_keys = count_signing_keys(&connection)?;
    Ok(Examined::Sound { signing_keys })
}

/// A database that was never migrated has none.
fn count_signing_keys(connection: &Connection) -> Result<i64, rusqlite::Error> {
    if !connection.table_exists(None, "signing_keys")? {
        return Ok(0);
    }
    let sql = "SELECT count(*) FROM signing_keys WHERE sealed IS NOT NULL";
    connection.query_row(sql, [], |row| row.get(0))
}

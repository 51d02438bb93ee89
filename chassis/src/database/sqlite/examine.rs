//! Looking at a database file without changing it.

use std::path::Path;

use refinery::Runner;
use rusqlite::{Connection, OpenFlags};

use super::{connection, migrate};
use crate::database::DatabaseError;

/// The state of a database file.
pub enum Examined {
    /// There is none.
    Absent,
    /// It can be used, and is read by this.
    Sound(Connection),
    /// The engine's word on what is wrong with it.
    Damaged(String),
}

/// Reads the file and checks its pages, which takes a while on a large one.
///
/// # Errors
/// It cannot be opened, is no database, or was migrated by a newer program.
pub fn examine(path: &Path, migrations: &Runner) -> Result<Examined, DatabaseError> {
    if !path.exists() {
        return Ok(Examined::Absent);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| connection::cannot_open(path, &error))?;
    migrate::refuse_newer(&connection, migrations)?;
    let check = "PRAGMA integrity_check(1)";
    let verdict: String = connection.query_row(check, [], |row| row.get(0))?;
    Ok(if verdict == "ok" {
        Examined::Sound(connection)
    } else {
        Examined::Damaged(verdict)
    })
}

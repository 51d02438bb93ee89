//! Looking at a database file without changing it.
use std::path::Path;

use chassis::database::DatabaseError;
use rusqlite::{Connection, OpenFlags};

use crate::store::Examined;

/// Reads the file and checks its pages, which takes a while on a large one.
pub(in crate::store) fn examine(file: &Path) -> Result<Examined, DatabaseError> {
    if !file.exists() {
        return Ok(Examined::Absent);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    refuse_newer(&connection)?;
    let verdict: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok(if verdict == "ok" {
        Examined::Sound
    } else {
        Examined::Damaged(verdict)
    })
}

fn refuse_newer(connection: &Connection) -> Result<(), DatabaseError> {
    if !connection.table_exists(None, "refinery_schema_history")? {
        return Ok(());
    }
    let newest = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    let found = connection.query_row(newest, [], |row| row.get(0))?;
    let runner = super::schema::migrations::runner();
    let known = runner
        .get_migrations()
        .iter()
        .map(|migration| i64::from(migration.version()));
    let known = known.max().unwrap_or(0);
    if found > known {
        return Err(DatabaseError::NewerSchema { found, known });
    }
    Ok(())
}

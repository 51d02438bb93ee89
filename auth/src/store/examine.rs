//! Looking at a database file without changing it.

use std::path::Path;

use keystore::SealingKeyId;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// How many private halves are kept, and what they are sealed with.
pub(super) const SIGNING_KEYS: &str = "SELECT
    (SELECT count(*) FROM signing_keys WHERE sealed IS NOT NULL),
    (SELECT sealed_with FROM key_ring)";

/// The state of a database file.
pub enum Examined {
    /// There is none.
    Absent,
    /// It can be used.
    Sound {
        /// Keys whose private half is kept.
        signing_keys: i64,
        /// What they are sealed with.
        sealed_with: Option<SealingKeyId>,
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
    let (signing_keys, sealed_with) = signing_keys(&connection)?;
    Ok(Examined::Sound {
        signing_keys,
        sealed_with: sealed_with.map(SealingKeyId::from_text),
    })
}

/// A database that was never migrated has none.
fn signing_keys(connection: &Connection) -> Result<(i64, Option<String>), rusqlite::Error> {
    if !connection.table_exists(None, "signing_keys")? {
        return Ok((0, None));
    }
    connection.query_row(SIGNING_KEYS, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

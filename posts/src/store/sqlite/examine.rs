//! Looking at a database file without changing it.
use std::path::Path;

use chassis::database::{DatabaseError, sqlite};

use crate::store::Examined;

/// Reads the file and checks its pages, which takes a while on a large one.
pub(in crate::store) fn examine(file: &Path) -> Result<Examined, DatabaseError> {
    let runner = super::schema::migrations::runner();
    Ok(match sqlite::examine(file, &runner)? {
        sqlite::Examined::Absent => Examined::Absent,
        sqlite::Examined::Sound(_) => Examined::Sound(sqlite::engine()),
        sqlite::Examined::Damaged(what) => Examined::Damaged(what),
    })
}

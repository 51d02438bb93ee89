//! Bringing the file to this program's schema, one process at a time.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use refinery::Runner;
use rusqlite::Connection;

use super::connection;
use crate::database::{DatabaseError, migration};

pub(super) fn run(path: &Path, migrations: &Runner) -> Result<(), DatabaseError> {
    make_private(path).map_err(|error| connection::cannot_open(path, &error))?;
    let _until_migrated = lock(path).map_err(|error| connection::cannot_open(path, &error))?;
    let mut connection = connection::open(path)?;
    refuse_newer(&connection, migrations)?;
    migrations
        .run(&mut connection)
        .map_err(|error| DatabaseError::Migration(migration::told(&error)))?;
    Ok(())
}

/// Folder 0700 and file 0600: what is stored is nobody else's business.
fn make_private(path: &Path) -> io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)?;
    Ok(())
}

/// Held until dropped; the operating system lets go of it when the process dies.
fn lock(path: &Path) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".migrate-lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(PathBuf::from(name))?;
    file.lock()?;
    Ok(file)
}

pub(super) fn refuse_newer(
    connection: &Connection,
    migrations: &Runner,
) -> Result<(), DatabaseError> {
    let (known, found) = (migration::newest(migrations), version(connection)?);
    if found > known {
        return Err(DatabaseError::NewerSchema { found, known });
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    if !connection.table_exists(None, "refinery_schema_history")? {
        return Ok(0);
    }
    let newest = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    connection.query_row(newest, [], |row| row.get(0))
}

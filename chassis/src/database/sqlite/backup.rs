//! A copy of a database file, whole and of one moment, while others write.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::connection;
use crate::database::DatabaseError;

/// Why there is no copy. Nothing is left of one that was begun.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error(
        "there is no database at {}: run this in the folder in which `serve` runs, or name the file \
         with --database-url",
        .0.display()
    )]
    Absent(PathBuf),
    /// The copy is there already, or has no place to be.
    #[error("cannot make {}: {source}", path.display())]
    Target {
        /// The copy.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// It is not a file's to copy.
    #[error("the database is on a server: back it up with pg_dump, or what its operator uses")]
    OnServer,
    /// The engine cannot read the one or write the other.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Copies the database `from` into the new file `to` (0600), and answers once it is on the disk.
///
/// What was written last may stand beside the file, in SQLite's log, so copying the file by itself
/// may miss it.
///
/// # Errors
/// See [`BackupError`].
pub fn back_up(from: &Path, to: &Path) -> Result<(), BackupError> {
    if !from.exists() {
        return Err(BackupError::Absent(from.to_owned()));
    }
    let refuse = |source| BackupError::Target {
        path: to.to_owned(),
        source,
    };
    // SQLite would make it for everybody to read.
    let target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(refuse)?;
    let copied = copy(from, to).and_then(|()| persist(&target, to).map_err(refuse));
    if copied.is_err() {
        // What went wrong is told already.
        let _ = std::fs::remove_file(to);
    }
    copied
}

fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags)
        .map_err(|error| connection::cannot_open(from, &error))?;
    source
        .busy_timeout(connection::BUSY_TIMEOUT)
        .map_err(DatabaseError::from)?;
    let Some(name) = to.to_str() else {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "the name is not UTF-8");
        let path = to.to_owned();
        return Err(BackupError::Target { path, source });
    };
    // Reads one moment's pages and packs them, so that nothing of what was deleted goes along.
    source
        .execute("VACUUM INTO ?1", [name])
        .map_err(DatabaseError::from)?;
    Ok(())
}

/// A new file is on the disk when its folder is too.
fn persist(target: &File, to: &Path) -> io::Result<()> {
    target.sync_all()?;
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn titles(path: &Path) -> Vec<String> {
        let connection = Connection::open(path).unwrap();
        let mut statement = connection
            .prepare("SELECT title FROM posts ORDER BY title")
            .unwrap();
        let titles = statement.query_map([], |row| row.get(0)).unwrap();
        titles.map(Result::unwrap).collect()
    }

    #[test]
    fn it_holds_what_only_the_log_holds_and_nothing_of_what_is_being_written() {
        let folder = tempfile::TempDir::new().unwrap();
        let (path, copy) = (folder.path().join("a.db"), folder.path().join("copy.db"));
        let writer = connection::open(&path).unwrap();
        writer
            .execute_batch("CREATE TABLE posts (title TEXT); INSERT INTO posts VALUES ('done');")
            .unwrap();
        writer
            .execute_batch("BEGIN; INSERT INTO posts VALUES ('not yet');")
            .unwrap();
        back_up(&path, &copy).unwrap();
        writer.execute_batch("COMMIT").unwrap();
        assert_eq!(titles(&copy), ["done"]);
        let mode = copy.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn it_takes_the_place_of_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let (path, copy) = (folder.path().join("a.db"), folder.path().join("copy.db"));
        connection::open(&path).unwrap();
        std::fs::write(&copy, "an older copy").unwrap();
        let refused = back_up(&path, &copy).unwrap_err().to_string();
        assert!(refused.contains("copy.db: File exists"), "{refused}");
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), "an older copy");
    }

    #[test]
    fn nothing_is_left_of_a_copy_that_failed() {
        let folder = tempfile::TempDir::new().unwrap();
        let (path, copy) = (folder.path().join("a.db"), folder.path().join("copy.db"));
        let absent = back_up(&path, &copy).unwrap_err().to_string();
        assert!(absent.contains("there is no database"), "{absent}");
        std::fs::write(&path, "no database at all".repeat(100)).unwrap();
        assert!(back_up(&path, &copy).is_err());
        assert!(!copy.exists());
    }
}

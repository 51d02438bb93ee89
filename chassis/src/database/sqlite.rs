//! Embedded SQLite: reads on the caller's own connection, writes through one thread.
//!
//! A read waits for nobody and changes no thread: every thread that reads keeps a connection with
//! its statements prepared. Writes queue for one thread that commits all that wait in one
//! transaction, so full durability costs one `fsync` for all of them.

mod backup;
mod connection;
mod examine;
mod migrate;
mod readers;
mod writer;
mod writes;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use self::readers::Readers;
use self::writer::Writer;
use self::writes::Writes;
use super::DatabaseError;

pub use self::backup::{BackupError, back_up};
pub use self::examine::{Examined, examine};
pub(crate) use self::readers::let_go;

/// A handle on one database file; clones share its writer.
#[derive(Clone)]
pub struct Sqlite {
    readers: Arc<Readers>,
    writer: Writer,
}

impl Sqlite {
    /// Opens the file, makes it and its folder (0700) when they are not there, and migrates it.
    ///
    /// # Errors
    /// The file cannot be opened, was migrated by a newer program, or cannot be migrated.
    pub fn open(
        path: impl AsRef<Path>,
        migrations: &refinery::Runner,
    ) -> Result<Self, DatabaseError> {
        let path = path.as_ref();
        migrate::run(path, migrations)?;
        let count = Arc::new(Writes::default());
        let writer = Writer::start(connection::open(path)?, Arc::clone(&count))
            .map_err(|error| connection::cannot_open(path, &error))?;
        Ok(Self {
            readers: Arc::new(Readers::new(path.to_owned(), count)),
            writer,
        })
    }

    /// Runs `work` on the calling thread's own connection. Keep it short, bounded by a `LIMIT`,
    /// and use [`Connection::prepare_cached`].
    ///
    /// # Errors
    /// Whatever the engine refuses.
    pub fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, DatabaseError> {
        self.readers.with(work)
    }

    /// Runs `work` in the writer's transaction, where others' work shares it in a savepoint of its
    /// own: an error or a panic takes back this work alone. `Ok` is only answered once the commit is on the disk.
    ///
    /// A caller that goes away before its turn takes its work with it.
    ///
    /// # Errors
    /// The work's own, or the failure of the commit.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.readers.path()
    }
}

/// The engine and its version, for people.
#[must_use]
pub fn engine() -> String {
    format!("SQLite {}", rusqlite::version())
}

/// The file that `sqlite://var/auth/auth.db` names.
///
/// # Errors
/// Another scheme, or no path.
pub fn path_of_url(url: &str) -> Result<PathBuf, &'static str> {
    match url.strip_prefix("sqlite://") {
        Some(path) if !path.is_empty() && !path.contains(['?', '#']) => Ok(PathBuf::from(path)),
        _ => Err("must be sqlite:// and the path of a file"),
    }
}

#[cfg(test)]
mod tests;

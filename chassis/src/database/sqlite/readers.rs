//! One connection a thread, opened at its first read and kept.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use rusqlite::Connection;

use super::connection;
use crate::database::DatabaseError;

/// The database that a thread's connections belong to. Its address tells databases apart, and its
/// end lets each thread close what it still holds.
pub(super) struct Readers {
    path: Arc<PathBuf>,
}

struct Kept {
    database: Weak<PathBuf>,
    connection: Connection,
}

thread_local! {
    static KEPT: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path: Arc::new(path),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The connection is out of its place while `work` runs, so a read within a read finds none
    /// and opens a second one, instead of meeting itself.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, DatabaseError> {
        let kept = match self.take() {
            Some(kept) => kept,
            None => self.open()?,
        };
        let outcome = work(&kept.connection);
        KEPT.with_borrow_mut(|all| all.push(kept));
        outcome.map_err(DatabaseError::from)
    }

    fn take(&self) -> Option<Kept> {
        KEPT.with_borrow_mut(|all| {
            let own = Arc::as_ptr(&self.path);
            let index = all.iter().position(|kept| kept.database.as_ptr() == own)?;
            Some(all.swap_remove(index))
        })
    }

    fn open(&self) -> Result<Kept, DatabaseError> {
        KEPT.with_borrow_mut(|all| all.retain(|kept| kept.database.strong_count() > 0));
        let connection = connection::open(&self.path)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Kept {
            database: Arc::downgrade(&self.path),
            connection,
        })
    }
}

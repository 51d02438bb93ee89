//! One connection a thread, opened at its first read and kept.
//!
//! A thread that lets go before it sleeps ([`let_go`]) also keeps what it sees from one read to
//! the next, which saves each of them taking and giving back a lock. It looks anew when this
//! process has written, so whoever was told of a write sees it; and after [`LONGEST`], so that
//! another process's write is not long in coming. While this process writes it keeps nothing:
//! what readers see cannot leave the write-ahead log.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::Instant;

use super::connection;
use super::writes::{Count, Writes};
use crate::database::DatabaseError;

/// The longest that a write of another process stays unseen.
const LONGEST: Duration = Duration::from_millis(1);

/// The database that a thread's connections belong to. Its address tells databases apart, and its
/// end lets each thread close what it still holds.
pub(super) struct Readers {
    path: Arc<PathBuf>,
    writes: Arc<Writes>,
}

struct Kept {
    database: Weak<PathBuf>,
    connection: Connection,
    view: Option<View>,
}

/// A read transaction that is open between two reads.
struct View {
    of: Count,
    since: Instant,
}

thread_local! {
    static KEPT: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
    static LETS_GO: Cell<bool> = const { Cell::new(false) };
}

/// For a thread that is about to sleep: no view of its own outlives this. From then on it may
/// keep one, because it is taken to call this every time.
pub(crate) fn let_go() {
    LETS_GO.set(true);
    KEPT.with_borrow_mut(|all| all.retain_mut(|kept| kept.end_view().is_ok()));
}

impl Readers {
    pub(super) fn new(path: PathBuf, writes: Arc<Writes>) -> Self {
        Self {
            path: Arc::new(path),
            writes,
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
        let mut kept = match self.take() {
            Some(kept) => kept,
            None => self.open()?,
        };
        kept.look(self.writes.count())?;
        let outcome = work(&kept.connection);
        if outcome.is_ok() || kept.end_view().is_ok() {
            KEPT.with_borrow_mut(|all| all.push(kept));
        }
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
            view: None,
        })
    }
}

impl Kept {
    /// Sees to it that the next statement sees every write that was over at `count`.
    fn look(&mut self, count: Count) -> Result<(), rusqlite::Error> {
        let is_good = |view: &View| view.of == count && view.since.elapsed() < LONGEST;
        if self.view.as_ref().is_some_and(is_good) {
            return Ok(());
        }
        self.end_view()?;
        if LETS_GO.get() && count.nobody_writes() {
            self.execute("BEGIN")?;
            self.view = Some(View {
                of: count,
                since: Instant::now(),
            });
        }
        Ok(())
    }

    /// After an error the connection is of no more use.
    fn end_view(&mut self) -> Result<(), rusqlite::Error> {
        match self.view.take() {
            Some(_) => self.execute("COMMIT"),
            None => Ok(()),
        }
    }

    fn execute(&self, sql: &str) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }
}
